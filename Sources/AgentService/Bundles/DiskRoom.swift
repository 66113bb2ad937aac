import Glibc

/// Sees to it that there is room before anything large is written: frees what can be fetched again, or says what is
/// missing.
struct DiskRoom: Sendable {
    static let reserveDefault_bytes = 64 << 20

    /// What stays free on the file system.
    let reserve_bytes: Int
    let root: String

    /// Where there is too little room, asks `free` to remove something for as long as that is so and it finds anything.
    /// Nothing is removed in vain: not before `freeable_bytes` has told that all of it together would do.
    ///
    /// - Throws: `AgentError` `diskFull` with the figures.
    func make(
        _ needed_bytes: Int,
        for what: String,
        freeable_bytes: () throws(AgentError) -> Int,
        free: () throws(AgentError) -> Bool
    ) throws(AgentError) {
        let (wanted_bytes, overflow) = needed_bytes.addingReportingOverflow(reserve_bytes)
        var free_bytes = try Self.free_bytes(root)
        guard overflow || free_bytes < wanted_bytes else { return }
        let (best_bytes, isPlenty) = free_bytes.addingReportingOverflow(try freeable_bytes())
        if !overflow, isPlenty || best_bytes >= wanted_bytes {
            while try free() {
                free_bytes = try Self.free_bytes(root)
                if free_bytes >= wanted_bytes { return }
            }
        }
        throw AgentError(
            .diskFull,
            at: root,
            "\(what) needs \(Self.text(needed_bytes)) and \(Self.text(reserve_bytes)) are to stay free, and "
                + "\(Self.text(free_bytes)) are free",
            remedy: "free space on this file system, or lower reserve: or keep: in agent.yaml"
        )
    }

    /// What the agent may still write there.
    static func free_bytes(_ path: String) throws(AgentError) -> Int {
        var status = statvfs()
        // 0, or -1.
        guard statvfs(path, &status) == 0 else { throw .system(errno, "examining the file system of", path) }
        return free_bytes(of: status)
    }

    /// Saturates: a network's file system may claim any number.
    static func free_bytes(of disk: statvfs) -> Int {
        let (bytes, overflow) = Int(clamping: disk.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: disk.f_frsize)
        )
        return overflow ? .max : bytes
    }

    static func text(_ bytes: Int) -> String {
        let (shift, unit) = bytes < 10 << 20 ? (10, "KiB") : (20, "MiB")
        // Rounded up, and right for the largest number, too.
        return "\((bytes >> shift) + (bytes & ((1 << shift) - 1) == 0 ? 0 : 1)) \(unit)"
    }
}
