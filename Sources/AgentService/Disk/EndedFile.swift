import Glibc
import HostDecisions
import TrainModel

/// The newest order of each service that this host has ended, beside the journal. By a journal that was put back or has lost
/// its end, the host would undo what it did long ago, and stop what runs.
///
/// It proves, and nothing depends on it: it is written late, and what cannot be read proves nothing.
struct EndedFile: Sendable {
    static let name = "newest-ended"

    private let path: String
    private let journalPath: String
    private let known: [ServiceName: OrderRank]

    /// Reads what it says; before the journal is read, since an agent may be at work.
    init(beside journalPath: String) {
        path = Files.parent(of: journalPath) + "/" + Self.name
        self.journalPath = journalPath
        known = Self.read(path)
    }

    /// What ended must be in the journal, on the disk.
    func note(_ memory: HostMemory, in files: LateFiles) {
        let lines = memory.ended.sorted { $0.key < $1.key }.map { "\($0) \($1.generation) \($1.attempt)\n" }
        files.replace(path, with: Array(lines.joined().utf8))
    }

    /// - Throws: `damaged-journal`, when `memory` does not know of an order that this host had ended.
    func check(_ memory: HostMemory) throws(AgentError) {
        guard let service = memory.service(behind: known) else { return }
        throw AgentError(
            .damagedJournal,
            at: journalPath,
            "it ends before an order of \(service) that this host has carried out",
            remedy:
                "put the newest journal back; where it is lost, stop the services of this host by hand, remove \(journalPath) and "
                + "\(Self.name) beside it, and deploy again"
        )
    }

    private static func read(_ path: String) -> [ServiceName: OrderRank] {
        let bytes = try? Files.read(path)  // lint: what cannot be read proves nothing
        var ended: [ServiceName: OrderRank] = [:]
        for line in String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let service = ServiceName(String(words[0])), let generation = UInt64(words[1]),
                let attempt = UInt32(words[2])
            else { continue }
            ended[service] = OrderRank(generation: generation, attempt: attempt)
        }
        return ended
    }
}
