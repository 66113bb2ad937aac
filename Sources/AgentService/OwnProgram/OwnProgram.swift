import CSpawn
import Glibc
import HostDecisions
import TrainModel

/// The program that this process is, and how it becomes another one.
///
/// The process stays the same one, so its supervisor and the services that it has started notice nothing.
struct OwnProgram: Sendable {
    static let fileName = "agent-program"
    /// In a bundle of the service `wavetrain-agent`.
    static let programPath = "bin/wavetrain-agent"

    let root: String
    private let directories: ReleaseDirectories

    init(root: String) {
        self.root = root
        directories = ReleaseDirectories(root: root)
    }

    private var path: String { "\(root)/\(Self.fileName)" }

    /// What cannot be read is nothing: then the installed program runs, and that must always be possible.
    func record() -> ProgramRecord {
        do { return try load() } catch { return ProgramRecord() }
    }

    /// Throws where there is one that cannot be read, or says nothing: nobody knows which agent was believed in.
    func load() throws(AgentError) -> ProgramRecord {
        guard let bytes = try Files.read(path) else { return ProgramRecord() }
        if let record = ProgramRecord(text: String(decoding: bytes, as: UTF8.self)) { return record }
        throw AgentError(
            .fileFailed,
            at: path,
            "it should say which agent runs, and does not; the installed one is here until somebody looks",
            remedy: "remove it, and look at the disk; if an order had brought another agent, deploy it again"
        )
    }

    func save(_ record: ProgramRecord) throws(AgentError) { try Files.replace(path, with: Array(record.text.utf8)) }

    func program(of release: String) -> String { "\(directories.releases(of: .agent))/\(release)/\(Self.programPath)" }

    /// The file that this process was started from.
    static var ownPath: String {
        // The kernel's own link: it is there as long as the process.
        let path = (try? Files.target(ofLink: "/proc/self/exe")) ?? ""
        let removed = " (deleted)"
        return path.hasSuffix(removed) ? String(path.dropLast(removed.count)) : path
    }

    /// The release that this process was started from; nil: another place.
    var ownRelease: String? {
        let parts = Self.ownPath.split(separator: "/").map(String.init)
        guard parts.count > 3, parts.suffix(2).joined(separator: "/") == Self.programPath else { return nil }
        let release = parts[parts.count - 3]
        return Self.isSameFile(program(of: release), Self.ownPath) ? release : nil
    }

    /// This program is a new one that the controller has not welcomed yet.
    var isOnTrial: Bool {
        guard let trial = record().trial else { return false }
        return trial.failure == nil && trial.release == ownRelease
    }

    private static func isSameFile(_ one: String, _ other: String) -> Bool {
        var first = stat()
        var second = stat()
        // 0, or -1.
        return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
            && first.st_ino == second.st_ino
    }

    /// Whether this process is the deployed program; nil: the installed one.
    func verify(_ deployment: Deployment?) -> MoveResult {
        let release = deployment.map { directories.name(of: $0.release) }
        guard ownRelease == release else {
            let sentence = "the agent runs from \(Self.ownPath), not from \(release ?? "where it was installed")"
            return MoveResult(.failed(code: "wrong-version", sentence: sentence))
        }
        return MoveResult(.passed, version: deployment?.artifact.version)
    }

    // MARK: At every start

    /// Becomes the program that should run; returns where that is this one. Blocks.
    func launch(version: String) throws(AgentError) {
        Self.reap()
        // What is wrong with it is told by the agent that works.
        guard var record = try? load() else { return }  // lint: told by `AgentProgram`
        let own = ownRelease
        let before = record
        if own == nil {
            record.installedPath = Self.ownPath
            record.installedVersion = version
        }
        while true {
            let launch = record.launch(own: own)
            do throws(AgentError) {
                if record != before { try save(record) }
            } catch {
                // Whatever runs then tells what is wrong with the disk. A trial that is not counted would have no end.
                if launch.isOfTrial { return }
            }
            switch launch {
            case .stay: return
            case .become(let release, let alarm_s):
                let reason = become(program(of: release), alarm_s: alarm_s)
                record.launchFailed("the new agent cannot be started: \(reason)")
                do throws(AgentError) { try save(record) } catch { return }  // as above
            case .becomeInstalled:
                let reason = become(record.installedPath, alarm_s: 0)
                throw AgentError(
                    .processFailed,
                    at: record.installedPath,
                    "the installed agent cannot be started: \(reason)",
                    remedy: "install the package wavetrain-agent again"
                )
            }
        }
    }

    /// What the program before this one had started when it became this one, such as a check in hand: nobody waits for it.
    private static func reap() {
        var status: CInt = 0
        // A process that has ended, 0 where there are others, or -1 where there are none.
        while waitpid(-1, &status, WNOHANG) > 0 {}
    }

    /// It came up far enough to be believed in at the next start, too; on trial, as far as it can without a link.
    func cameUp() throws(AgentError) {
        var record = try load()
        let before = record
        if isOnTrial { record.trial?.reached = .cameUp } else if record.trial == nil { record.starts_count = 0 }
        if record != before { try save(record) }
    }

    /// Returns only where it cannot, with the reason: after that the process is good for an end and nothing else.
    func become(_ program: String, alarm_s: UInt32) -> String {
        let arguments = [program] + CommandLine.arguments.dropFirst()
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        // An error number; it does not return otherwise.
        return String(cString: strerror(cspawn_become(program, &pointers, alarm_s)))
    }
}
