import AgentLink
import Logging
import Synchronization
import TrainModel

/// The newest head of the controller's event chain that this host was shown, kept across restarts: a controller that
/// was set back shows an older one.
final class HeadFile: Sendable {
    private let path: String
    private let head: Mutex<ShownHead?>

    /// Throws when there is a file that cannot be read: a head once seen must not be forgotten.
    init(path: String) throws {
        self.path = path
        let text = try Files.read(path).map { String(decoding: $0, as: UTF8.self) }
        head = Mutex(text.flatMap(Self.read))
    }

    var newest: ShownHead? { head.withLock { $0 } }

    func show(_ shown: ShownHead?) {
        guard let shown else { return }
        head.withLock { if shown.sequence > $0?.sequence ?? 0 { $0 = shown } }
    }

    func save(_ logger: Logger) async {
        guard let newest else { return }
        let bytes = Array("\(newest.sequence) \(newest.hash)\n".utf8)
        do {
            try await BlockingThread.run { [path] in try Files.replace(path, with: bytes) }
        } catch {
            logger.warning("the newest head cannot be kept", metadata: ["reason": "\(error)"])
        }
    }

    private static func read(_ text: String) -> ShownHead? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let sequence = UInt64(words[0]), let hash = Digest(hex: words[1]) else { return nil }
        return ShownHead(sequence: sequence, hash: hash)
    }
}
