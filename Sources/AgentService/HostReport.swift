import Glibc
import HostDecisions
import TrainModel

/// What a host runs, read from its disk while its agent runs or not.
public struct HostReport: Sendable {
    public struct Line: Sendable {
        public let service: ServiceName
        public let memory: ServiceMemory
        /// The release under `current`; nil: none.
        public let current: String?
    }

    public let root: String
    public let lines: [Line]

    /// Throws where the journal is damaged or older than the host; a host that never had an order has no lines.
    public init(root: String) throws {
        let directories = ReleaseDirectories(root: root)
        let journalPath = root + "/journal"
        let ended = EndedFile(beside: journalPath)
        let memory = try HostMemory(replaying: try Journal.read(path: journalPath))
        try ended.check(memory)
        self.root = root
        lines = try memory.serviceNames.compactMap { name in
            guard let service = memory[name] else { return nil }
            return Line(service: name, memory: service, current: try directories.current(of: name))
        }
    }

    /// One line per service, for a terminal.
    public var table: String {
        guard !lines.isEmpty else { return "no order has come to \(root) yet" }
        var rows = [["SERVICE", "VERSION", "GENERATION", "STATE", "RELEASE"]]
        for line in lines {
            let deployment = line.memory.current
            rows.append([
                line.service.text,
                deployment?.artifact.version.text ?? "-",
                "\(deployment?.generation ?? 0)",
                state(of: line.memory),
                line.current ?? "-",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private func state(of service: ServiceMemory) -> String {
        if let attempt = service.attempt {
            return "\(attempt.way == .forward ? "applying" : "going back from") \(attempt.new.artifact.version)"
        }
        if let waiting = service.waiting { return "waiting for \(waiting.order.artifact.version)" }
        guard service.current != nil else { return "nothing runs" }
        return service.condition == .running ? "running" : "uncertain"
    }
}

/// As uname(2) says.
func machineName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // 0, or -1; the name may be cut without a zero byte.
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
