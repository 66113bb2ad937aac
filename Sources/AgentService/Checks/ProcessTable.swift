import Bundles
import Glibc
import TimeAndChance
import TrainModel

/// A process that nothing else can be taken for: numbers are given out again, the time of its start is not.
struct ProcessSight: Hashable, Sendable {
    let pid: pid_t
    /// Since the machine started, in the kernel's ticks.
    let began_ticks: UInt64
}

/// The kernel's processes. Everything here blocks, for as long as it takes to read a page of memory.
struct ProcessTable: Sendable {
    struct Absence: Error, Hashable {
        let sentence: String
    }

    /// A file with a process's number is written soon after it began, and clocks are set.
    private static let writtenBefore_max = Interval.seconds(10)
    private static let name_bytes_max = 15

    /// Where the kernel shows them.
    var folder = "/proc"
    var groups = "/sys/fs/cgroup"

    private struct Entry {
        let sight: ProcessSight
        let name: String
    }

    /// - Parameters:
    ///   - path: where a file of the check's stands.
    ///   - before: what the last look found; if it lives on as the same program nobody else is asked.
    func find(
        _ check: ProcessCheck,
        path: (String) -> String,
        before: ProcessSight?
    ) -> Result<ProcessSight, Absence> {
        switch check {
        case .pidFile(let file): find(inFile: path(file), before: before)
        case .program(let name): find(named: name, before: before)
        case .unit(let unit): find(inUnit: unit)
        }
    }

    private func find(inFile path: String, before: ProcessSight?) -> Result<ProcessSight, Absence> {
        guard let text = SmallFile.read(path) else { return .failure(Absence(sentence: "\(path) cannot be read")) }
        let word = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? ""
        guard let pid = pid_t(word), pid > 0 else { return .failure(Absence(sentence: "\(path) holds no number")) }
        guard let found = entry(of: pid)?.sight else {
            return .failure(Absence(sentence: "process \(pid), which \(path) names, does not run"))
        }
        guard found == before || !isYounger(found, thanFile: path) else {
            return .failure(Absence(sentence: "process \(pid) began after \(path) was written: it is another one"))
        }
        return .success(found)
    }

    private func find(named name: String, before: ProcessSight?) -> Result<ProcessSight, Absence> {
        let kept = String(decoding: Array(name.utf8.prefix(Self.name_bytes_max)), as: UTF8.self)
        if let before, let entry = entry(of: before.pid), entry.sight == before, entry.name == kept {
            return .success(before)
        }
        let found = names(in: folder).compactMap { pid_t($0) }.compactMap(entry).filter { $0.name == kept }
        guard let oldest = found.map(\.sight).oldest else {
            return .failure(Absence(sentence: "no process called \(kept) runs"))
        }
        return .success(oldest)
    }

    private func find(inUnit unit: String) -> Result<ProcessSight, Absence> {
        let processes = unitFolders(unit).lazy.map(processes(inGroup:)).first { !$0.isEmpty } ?? []
        guard let oldest = processes.compactMap({ entry(of: $0)?.sight }).oldest else {
            return .failure(Absence(sentence: "no process of \(unit) runs"))
        }
        return .success(oldest)
    }

    /// Where systemd puts a unit's control group; instances of one template share a slice.
    private func unitFolders(_ unit: String) -> [String] {
        let slice = unit.split(separator: "@").first.map { "system.slice/system-\($0).slice/\(unit)" } ?? ""
        return ["", "unified/", "systemd/"].flatMap { hierarchy in
            ["system.slice/\(unit)", slice, unit].map { "\(groups)/\(hierarchy)\($0)" }
        }
    }

    /// Those of the group itself, or of the groups that it has made for them.
    private func processes(inGroup folder: String) -> [pid_t] {
        let own = numbers(in: folder + "/cgroup.procs")
        guard own.isEmpty else { return own }
        return names(in: folder).flatMap { numbers(in: "\(folder)/\($0)/cgroup.procs") }
    }

    private func names(in folder: String) -> [String] {
        (try? FolderListing.names(in: folder)) ?? []  // lint: where nothing can be listed no process is found
    }

    private func numbers(in path: String) -> [pid_t] {
        guard let bytes = SmallFile.read(path) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    }

    /// Nil: there is none, or only its parent's memory of it.
    private func entry(of pid: pid_t) -> Entry? {
        // As proc(5) has it: number (name) state …, where the name may hold anything and ends with the last bracket; the
        // start is the 22nd word.
        guard let bytes = SmallFile.read("\(folder)/\(pid)/stat"), let open = bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return nil }
        let words = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
        guard words.count > 19, let began = UInt64(String(decoding: words[19], as: UTF8.self)),
            let state = words[0].first, state != UInt8(ascii: "Z"), state != UInt8(ascii: "X")
        else { return nil }
        let name = String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
        return Entry(sight: ProcessSight(pid: pid, began_ticks: began), name: name)
    }

    private func isYounger(_ process: ProcessSight, thanFile path: String) -> Bool {
        var status = stat()
        let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        // 0, or -1.
        guard stat(path, &status) == 0, let started else { return false }
        let began = started + .seconds(Int64(clamping: process.began_ticks / ticksPerSecond))
        return began > status.written + Self.writtenBefore_max
    }

    /// When the machine started.
    private var started: Instant? {
        guard let bytes = SmallFile.read("\(folder)/stat", bytes_max: 1 << 20) else { return nil }
        let line = bytes.split(separator: UInt8(ascii: "\n")).last { $0.starts(with: "btime ".utf8) }
        return line.flatMap { Int64(String(decoding: $0.dropFirst(6), as: UTF8.self)) }.map(Instant.init(unix_s:))
    }
}

extension [ProcessSight] {
    fileprivate var oldest: ProcessSight? {
        self.min { ($0.began_ticks, $0.pid) < ($1.began_ticks, $1.pid) }
    }
}
