import AgentLink
import Logging
import Synchronization
import TrainModel

/// The newest head of the controller's event chain that this host was shown, kept across restarts: a controller whose
/// log was set back or replaced shows another one, and this host is a witness.
final class HeadFile: Sendable {
    /// What a shown head says against the one that is kept.
    enum Contradiction: Hashable, Sendable {
        case older(ShownHead, kept: ShownHead)
        /// Two events of one number: there are two logs.
        case forked(ShownHead, kept: ShownHead)

        var sentence: String {
            switch self {
            case .older(let shown, let kept):
                "the controller's log ends at event \(shown.sequence), and this host has seen event \(kept.sequence), "
                    + "\(kept.hash): find out who set the database back"
            case .forked(let shown, let kept):
                "the controller's event \(shown.sequence) is not \(kept.hash), which this host has seen: find out who "
                    + "replaced the log"
            }
        }
    }

    private let path: String
    private let head: Mutex<ShownHead?>

    convenience init(root: String) throws { try self.init(path: root + "/newest-head") }

    /// Throws when there is a file that cannot be read or says nothing: a head once seen must not be forgotten.
    init(path: String) throws {
        self.path = path
        let text = try Files.read(path).map { String(decoding: $0, as: UTF8.self) }
        head = Mutex(try text.map { (text) throws(AgentError) in try Self.read(text, path) })
    }

    var newest: ShownHead? { head.withLock { $0 } }

    /// Keeps the head when it is newer; returns what it contradicts.
    func show(_ shown: ShownHead) -> Contradiction? {
        head.withLock { kept in
            guard let seen = kept, shown.sequence <= seen.sequence else {
                kept = shown
                return nil
            }
            if shown.sequence < seen.sequence { return .older(shown, kept: seen) }
            return shown == seen ? nil : .forked(shown, kept: seen)
        }
    }

    /// Throws only what must end the process.
    func save(_ logger: Logger) async throws {
        guard let newest else { return }
        let bytes = Array("\(newest.sequence) \(newest.hash)\n".utf8)
        do {
            try await DiskThreads.run { [path] in try Files.replace(path, with: bytes) }
        } catch  where AgentError.mustEndProcess(error) {
            throw error
        } catch {
            logger.warning("the newest head cannot be kept", metadata: ["reason": "\(error)"])
        }
    }

    private static func read(_ text: String, _ path: String) throws(AgentError) -> ShownHead {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let sequence = UInt64(words[0]), let hash = Digest(hex: words[1]) else {
            throw AgentError(
                .fileFailed,
                at: path,
                "it should hold the number and the hash of an event, and does not",
                remedy: "restore it, or look at the disk and remove it: then this host no longer notices an old log"
            )
        }
        return ShownHead(sequence: sequence, hash: hash)
    }
}
