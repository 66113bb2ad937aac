import AgentLink
import Bundles
import Glibc
import TrainModel

/// Why the agent could not start, go on, or do what it was told: code, place, sentence and remedy.
///
/// Whatever it is, the host keeps running what it ran.
public struct AgentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For programs. Compare with the names below; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case badConfiguration = "bad-configuration"
            case notEnrolled = "not-enrolled"
            case badIdentity = "bad-identity"
            case alreadyEnrolled = "already-enrolled"
            case locked
            case damagedJournal = "damaged-journal"
            case diskFull = "disk-full"
            case noPermission = "no-permission"
            case fileFailed = "file-failed"
            case flushFailed = "flush-failed"
            case processFailed = "process-failed"
        }

        private let name: Name

        public static let badConfiguration = Code(name: .badConfiguration)
        /// There is no key or certificate on this host yet.
        public static let notEnrolled = Code(name: .notEnrolled)
        /// Key, certificate or authority cannot be used.
        public static let badIdentity = Code(name: .badIdentity)
        public static let alreadyEnrolled = Code(name: .alreadyEnrolled)
        /// Another agent works in the same folder.
        public static let locked = Code(name: .locked)
        public static let damagedJournal = Code(name: .damagedJournal)
        public static let diskFull = Code(name: .diskFull)
        public static let noPermission = Code(name: .noPermission)
        public static let fileFailed = Code(name: .fileFailed)
        /// What was written may never reach the disk, and the kernel tells only once. The process must end.
        public static let flushFailed = Code(name: .flushFailed)
        /// A program could not be started.
        public static let processFailed = Code(name: .processFailed)

        public var description: String { name.rawValue }
    }

    public let code: Code
    /// A file, a key of the configuration, an address.
    public let place: String
    public let sentence: String
    public let remedy: String

    public init(_ code: Code, at place: String, _ sentence: String, remedy: String) {
        self.code = code
        self.place = place
        self.sentence = sentence
        self.remedy = remedy
    }

    public var description: String { "\(words) [\(code)]" }

    private var words: String { "\(place): \(sentence); \(remedy)" }

    /// What the process exits with, as `sysexits.h` numbers them; listed in `agents/README.md`.
    public var exitCode: Int32 {
        switch code {
        case .damagedJournal: 65
        case .processFailed: 71
        case .diskFull, .fileFailed, .flushFailed: 74
        case .locked: 75
        case .noPermission: 77
        default: 78
        }
    }

    /// A system call on a file that failed with this `errno`.
    static func system(_ number: Int32, _ doing: String, _ path: String) -> AgentError {
        let reason = String(cString: strerror(number))
        let sentence = "\(doing) failed: \(reason)"
        switch number {
        case ENOSPC, EDQUOT:
            return AgentError(.diskFull, at: path, sentence, remedy: "free space on this file system")
        case EROFS:
            let remedy = "look why this file system is mounted read-only, and mount it to be written"
            return AgentError(.noPermission, at: path, sentence, remedy: remedy)
        case EACCES, EPERM:
            return AgentError(.noPermission, at: path, sentence, remedy: "let the agent's user read and write it")
        default:
            return AgentError(
                .fileFailed,
                at: path,
                sentence,
                remedy: "look at the disk and the path, then start again"
            )
        }
    }
}

extension AgentError {
    /// Of what stands in the way of an agent that starts: what somebody has to mend on the host, and of which the
    /// controller can be told. Nil: it has no identity to tell it with, or another agent does the work, or a program of its
    /// own fails; then the process ends.
    var trouble: HostTrouble? {
        switch code {
        case .badConfiguration, .damagedJournal, .diskFull, .noPermission, .fileFailed, .flushFailed:
            let line = words.split(whereSeparator: \.isNewline).joined(separator: "; ")
            return HostTrouble(code: "\(code)", sentence: line)
        default: return nil
        }
    }

    /// Whatever the error stops, the process must end with it: a flush that failed may not be tried again, because what it
    /// concerned counts as written from then on.
    static func mustEndProcess(_ error: any Error) -> Bool {
        switch error {
        case let error as AgentError: error.code == .flushFailed
        case let error as BundleError: error.code == .flushFailed
        default: false
        }
    }
}

/// Exit codes of everything that can end an agent's command.
public enum AgentFailure {
    /// Of an agent that is on trial, whatever it failed of.
    public static let ofTrial: Int32 = 70

    public static func exitCode(of error: any Error) -> Int32 {
        switch error {
        case let error as AgentError: error.exitCode
        case let error as BundleError where error.code == .flushFailed: 74
        case let error as LinkError: exitCode(of: error.code)
        default: 70
        }
    }

    /// 69: nobody answers, worth another try; 76: the controller says no, or is not the one pinned in the token.
    private static func exitCode(of code: LinkError.Code) -> Int32 {
        [.unreachable, .closed, .silent, .slow, .overdue].contains(code) ? 69 : 76
    }
}
