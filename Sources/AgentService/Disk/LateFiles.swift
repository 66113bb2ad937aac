import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Files on which nothing on this host depends, written a moment after they change. Written at once, even unflushed, they
/// would make every order slower: the next flush of the journal waits until the file system has brought them to the disk, too.
final class LateFiles: Sendable {
    /// From the first change until all that has changed by then is written.
    private static let delay = TimeAmount.seconds(2)

    private let logger: Logger
    /// By path.
    private let changed = Mutex<[String: [UInt8]]>([:])
    /// One round after the other: what is older must not replace what is newer.
    private let round = Mutex(())

    init(logger: Logger) { self.logger = logger }

    /// A kill before it is written leaves the file as it was; a power cut soon after, perhaps empty or gone.
    func replace(_ path: String, with bytes: [UInt8]) {
        let isFirst = changed.withLock { changed in
            defer { changed[path] = bytes }
            return changed.isEmpty
        }
        guard isFirst else { return }
        MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: Self.delay) {
            NIOThreadPool.singleton.submit { _ in self.writeNow() }
        }
    }

    /// Blocks.
    func writeNow() {
        round.withLock { _ in
            let files = changed.withLock { changed in
                defer { changed = [:] }
                return changed
            }
            for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
                do throws(AgentError) {
                    try Files.replace(path, with: bytes, isFlushed: false)
                } catch {
                    logger.warning("it is not kept", metadata: ["path": "\(path)", "reason": "\(error)"])
                }
            }
        }
    }
}
