/// What `Tests/CFaults/faults.c` does to an agent, once it is told where.
struct Fault: Sendable {
    /// Kinds of calls that are counted.
    static let disk = "open,write,flush,rename,link,remove,folder,truncate,become"
    static let all = disk + ",send,spawn"

    /// `kill-before`, `kill-after`, `torn`, `power`, `EIO`, `ENOSPC`, `EROFS` or `slow-MILLISECONDS`.
    let action: String
    var calls = all
    /// From 1.
    let at: Int
    /// All later calls meet it too, as on a full disk.
    var stays = false
    /// What a power cut takes of what was not flushed is drawn from it.
    var seed = 0

    var kills: Bool { action.hasPrefix("kill") || action == "torn" || action == "power" }

    func environment(root: String, note: String, attic: String) -> [String: String] {
        [
            "FAULTS_ROOT": root, "FAULTS_CALLS": calls, "FAULTS_AT": "\(at)", "FAULTS_DO": action,
            "FAULTS_STAY": stays ? "1" : "0", "FAULTS_NOTE": note, "FAULTS_ATTIC": attic,
            "FAULTS_SEED": "\(seed * 100_000 + at)",
        ]
    }
}
