import Glibc
import HostDecisions
import TrainModel

/// The root folder, what stands in it, and the disk below.
extension HostDoctor {
    static let free_bytes_least = 64 << 20
    static let free_bytes_enough = 1 << 30

    func judgeRoot() -> [ReportLine] {
        let root = configuration.root
        var status = stat()
        // 0, or -1.
        guard stat(root, &status) == 0 else {
            guard errno == ENOENT else { return [.fail("root", .system(errno, "looking at", root))] }
            return [.warn("root", "\(root) is not there yet", remedy: "enrolling this host makes it")]
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [.fail("root", "\(root) is no folder", remedy: "name another root in agent.yaml")]
        }
        var disk = statvfs()
        // 0, or -1.
        guard statvfs(root, &disk) == 0 else { return [.fail("disk space", .system(errno, "looking at", root))] }
        return [owner(of: root, status), judgeSpace(disk), judgeMount(disk), durability(of: root)]
    }

    private func owner(of root: String, _ status: stat) -> ReportLine {
        if status.st_mode & 0o022 != 0 {
            let mode = String(status.st_mode & 0o7777, radix: 8)
            return .fail("root", "others may write \(root) (mode \(mode))", remedy: "chmod go-w \(root)")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            let sentence = "\(root) belongs to the user \(status.st_uid), not to this one"
            return .warn("root", sentence, remedy: "run the doctor as root, or as the user that the agent runs as")
        }
        return .ok("root", root)
    }

    func judgeSpace(_ disk: statvfs) -> ReportLine {
        let root = configuration.root
        let free_bytes = DiskRoom.free_bytes(of: disk)
        let words = "\(free_bytes >> 20) MiB are free under \(root)"
        if disk.f_favail == 0, disk.f_files > 0 {
            return .fail("disk space", "no file can be made under \(root): no inode is left", remedy: "remove files")
        }
        if free_bytes < Self.free_bytes_least {
            return .fail("disk space", words, remedy: "make space: nothing can be deployed")
        }
        guard free_bytes >= Self.free_bytes_enough else {
            return .warn("disk space", words, remedy: "a bundle needs its own size twice; lower keep, or make space")
        }
        return .ok("disk space", words)
    }

    /// The flags as in statvfs(3): 1 is read-only, 8 runs no programs.
    func judgeMount(_ disk: statvfs) -> ReportLine {
        let root = configuration.root
        if disk.f_flag & 1 != 0 {
            return .fail("file system", "\(root) is mounted read-only", remedy: "mount it writable, or move the root")
        }
        if disk.f_flag & 8 != 0 {
            let remedy = "no hook of a bundle can run: mount it with exec, or move the root"
            return .fail("file system", "\(root) is mounted noexec", remedy: remedy)
        }
        return .ok("file system", "writable, and programs run from it")
    }

    /// What every switch of a release rests on.
    private func durability(of root: String) -> ReportLine {
        let file = "\(root)/.doctor-\(getpid())"
        do throws(AgentError) {
            try Files.replace(file, with: Array("doctor\n".utf8))
            try Files.remove(file)
            return .ok("durability", "files are written, flushed and renamed")
        } catch {
            return .fail("durability", error)
        }
    }

    // MARK: The agent and its journal

    /// Who holds the root's lock, without touching it.
    func judgeAgent() -> ReportLine {
        var status = stat()
        // 0, or -1: no agent has ever run.
        guard stat(configuration.root + "/lock", &status) == 0 else {
            return .warn("agent", "none has run in this root", remedy: "enrol this host, and start the agent")
        }
        do throws(AgentError) {
            guard let pid = try holder(ofInode: UInt64(status.st_ino)) else {
                return .warn("agent", "it does not run", remedy: "systemctl start wavetrain-agent")
            }
            return .ok("agent", pid > 0 ? "it runs, as the process \(pid)" : "it runs")
        } catch {
            return .fail("agent", error)
        }
    }

    /// As proc(5) has it: `1: FLOCK ADVISORY WRITE pid major:minor:inode …`; 0 for a process that cannot be seen from here.
    private func holder(ofInode inode: UInt64) throws(AgentError) -> Int? {
        let bytes = try Files.read("/proc/locks", bytes_max: 4 << 20) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", words[5].split(separator: ":").last == "\(inode)" else {
                continue
            }
            return max(0, Int(words[4]) ?? 0)
        }
        return nil
    }

    /// Which program a start of the agent leads to.
    func judgeOwnProgram() -> ReportLine {
        do throws(AgentError) {
            let record = try OwnProgram(root: configuration.root).load()
            if let trial = record.trial, trial.failure == nil {
                return .ok("agent's program", "the release \(trial.release) is on trial")
            }
            return .ok("agent's program", record.settled.map { "the release \($0)" } ?? "the installed one")
        } catch {
            return .fail("agent's program", error)
        }
    }

    func judgeJournal() -> [ReportLine] {
        do {
            let report = try HostReport(root: configuration.root)
            return [.ok("journal", "it can be read: \(report.lines.count) services")] + report.lines.flatMap(judge)
        } catch let error as AgentError {
            return [.fail("journal", error)]
        } catch {
            return [.fail("journal", "\(error)", remedy: "look at the disk; put the newest journal back")]
        }
    }

    private func judge(_ line: HostReport.Line) -> [ReportLine] {
        let subject = "service \(line.service)"
        if let current = line.current,
            !Self.sees("\(configuration.root)/services/\(line.service)/releases/\(current)")
        {
            return [.fail(subject, "current points at \(current), which is not there", remedy: "deploy it again")]
        }
        guard let deployment = line.memory.current, line.memory.condition != .running else { return [] }
        let sentence = "\(deployment.artifact.version) may run or not: a way back failed, or a crash hid how it ended"
        return [.warn(subject, sentence, remedy: "look at the service, then deploy again")]
    }
}
