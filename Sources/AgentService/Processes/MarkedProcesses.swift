import Glibc

/// Finds processes by a mark in their environment, wherever they went.
enum MarkedProcesses {
    /// Kills all whose mark begins so, and those that they start meanwhile.
    ///
    /// - Parameter origin: all of them descend from it, so that only processes that began later need be looked at; nil:
    ///   look at all.
    static func killAll(mark: String, descendingFrom origin: Origin? = nil) {
        for _ in 0..<16 {
            let found = (origin?.family() ?? everybody()).filter { $0 != getpid() && carries(mark, $0) }
            if found.isEmpty { return }
            for pid in found { _ = kill(pid, SIGKILL) }
        }
    }

    static func all(mark: String) -> [pid_t] { everybody().filter { $0 != getpid() && carries(mark, $0) } }

    /// The first of a family of processes.
    struct Origin {
        let pid: pid_t
        let began_ms: Int64

        /// More than this the kernel does not begin, however fast the machine; so it is known when the numbers may have
        /// come round to those before `pid`.
        private static let begunPerMs_max: Int64 = 100
        /// From here on listing everybody is cheaper.
        private static let count_max: pid_t = 2_048

        /// The ids among which all that descend from it are to be found.
        func family() -> [pid_t] { younger() ?? MarkedProcesses.everybody() }

        /// Whether a process that has not ended is still in the group that it leads.
        func hasCompany() -> Bool { family().contains { $0 != pid && isInGroup($0) } }

        /// A process that ended meanwhile is in no group.
        private func isInGroup(_ other: pid_t) -> Bool {
            guard let bytes = try? Files.read("/proc/\(other)/stat", bytes_max: 4_096) else { return false }
            // As proc(5) has it: behind the name, which may hold anything and ends with the last bracket, stand the
            // state, the parent and the group.
            let words = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            return words.count > 2 && words[0] != "Z" && words[2] == "\(pid)"
        }

        /// The ids that the kernel has given out since, of which most are of processes that have ended; nil: they
        /// cannot be told from older ones, or are too many.
        func younger() -> [pid_t]? {
            let elapsed_ms = Monotonic.now_ms() - began_ms
            guard let newest = MarkedProcesses.number(in: "/proc/loadavg", at: 4),
                let highest = MarkedProcesses.number(in: "/proc/sys/kernel/pid_max", at: 0),
                elapsed_ms * Self.begunPerMs_max < Int64(highest) / 2,
                newest >= pid, newest - pid <= Self.count_max
            else { return nil }
            return Array(pid...newest)
        }
    }

    fileprivate static func everybody() -> [pid_t] {
        ((try? Files.names(in: "/proc")) ?? []).compactMap(pid_t.init)
    }

    /// A word of a small file; nil where there is none, as where /proc is not mounted.
    private static func number(in path: String, at index: Int) -> pid_t? {
        guard let bytes = try? Files.read(path, bytes_max: 4_096) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.indices.contains(index) ? pid_t(words[index]) : nil
    }

    /// A process that ended meanwhile, or is another user's, carries nothing that can be read.
    private static func carries(_ mark: String, _ pid: pid_t) -> Bool {
        guard let bytes = try? Files.read("/proc/\(pid)/environ", bytes_max: 4 << 20) else { return false }
        return bytes.split(separator: 0).contains { $0.starts(with: mark.utf8) }
    }
}
