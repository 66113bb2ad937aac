import HostDecisions
import Patterns
import Synchronization
import TrainModel

/// Where the logs of deployments were when they were started, and how far they have been read since. Everything here
/// blocks. What it knows of a service outlives the agent.
final class LogBook: Sendable {
    struct Key: Hashable, Sendable {
        let service: ServiceName
        let order: OrderID
        /// Of the deployment's checks.
        let index: Int

        init(_ subject: ServiceHooks.Subject, _ index: Int) {
            service = subject.service
            order = subject.deployment.order
            self.index = index
        }
    }

    private struct Entry {
        var cursor: LogCursor
        /// The offset in the file on the disk.
        var saved: Int64
    }

    private let entries = Mutex<[Key: Entry]>([:])
    /// Held while a file of marks is read and written anew: the checks of a service share one.
    private let marksHeld = Mutex(())

    /// A service begins: what its logs hold now was written before.
    func begin(_ subject: ServiceHooks.Subject, _ directories: ReleaseDirectories) throws(AgentError) {
        var marks: [LogMark] = []
        for (index, check) in subject.deployment.checks.enumerated() {
            guard case .log(let log) = check.kind, case .success(let path) = subject.variables.expand(log.path) else {
                continue
            }
            let file = LogFile(subject.path(of: path))
            let cursor = LogCursor(file: file, offset: file?.length_bytes ?? 0)
            put(Entry(cursor: cursor, saved: cursor.offset), Key(subject, index))
            marks.append(LogMark(subject.deployment.order, index, cursor))
        }
        guard !marks.isEmpty else { return }
        try marksHeld.withLock { _ throws(AgentError) in
            try LogMark.write(marks, to: Self.path(subject.service, directories))
        }
    }

    /// Everything of a service but what belongs to one deployment.
    func forget(_ service: ServiceName, but order: OrderID) {
        entries.withLock { entries in
            entries = entries.filter { $0.key.service != service || $0.key.order == order }
        }
    }

    func look(
        _ check: LogCheck,
        at path: String,
        _ key: Key,
        _ directories: ReleaseDirectories
    ) throws -> CheckRunner.Look {
        let pattern: Pattern
        do throws(Pattern.Flaw) {
            pattern = try Pattern(check.pattern)
        } catch {
            return .blind("\(check.pattern.prefix(80)) is no pattern: \(error.sentence)")
        }
        let marks = Self.path(key.service, directories)
        var entry = try entries.withLock { $0[key] } ?? resume(key, at: path, marks)
        let left_bytes = try entry.cursor.advance(to: path, pattern)
        if entry.cursor.offset < entry.saved || entry.cursor.offset - entry.saved > LogMark.step_bytes {
            let mark = LogMark(key.order, key.index, entry.cursor)
            try marksHeld.withLock { _ throws(AgentError) in try LogMark.update(mark, in: marks) }
            entry.saved = entry.cursor.offset
        }
        put(entry, key)
        guard entry.cursor.count <= check.lines_max else {
            let lines = entry.cursor.count == 1 ? "1 line" : "\(entry.cursor.count) lines"
            return .failed("\(path) has \(lines) with \(check.pattern.prefix(80)): \(entry.cursor.example)")
        }
        guard let left_bytes else { return .blind("there is no log \(path)") }
        return left_bytes == 0 ? .passed : .blind("\(left_bytes) bytes of \(path) are still to be read")
    }

    private func put(_ entry: Entry, _ key: Key) { entries.withLock { $0[key] = entry } }

    /// After a start of the agent. Without a mark nobody knows where the deployment began, so the log's end is taken.
    private func resume(_ key: Key, at path: String, _ marks: String) throws(AgentError) -> Entry {
        let mark = try LogMark.read(marks).last { $0.order == key.order && $0.index == key.index }
        guard let mark else {
            let file = LogFile(path)
            return Entry(cursor: LogCursor(file: file, offset: file?.length_bytes ?? 0), saved: 0)
        }
        return Entry(cursor: mark.cursor(at: path), saved: mark.offset)
    }

    private static func path(_ service: ServiceName, _ directories: ReleaseDirectories) -> String {
        directories.folder(of: service) + "/log-marks"
    }
}
