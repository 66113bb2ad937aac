import ControllerService
import NIOCore
import Synchronization
import TrainModel

/// Views as lines for a reader that may be slow: it gets the newest, which says everything that the ones it missed
/// said, and a blank line when nothing has changed for a while, so that both ends notice a peer that is gone.
final class ViewLines: Sendable {
    static let keepAlive = Duration.seconds(10)
    /// Blank lines: enough of them that a client which asks for a byte a second, measured over five seconds as libcurl
    /// does, sees that the stream lives.
    static let blank = ByteBuffer(repeating: UInt8(ascii: "\n"), count: 32)

    /// One element when there is something to write; ends when the views end.
    let wishes: AsyncThrowingStream<Void, any Error>
    private let newest = Mutex<ByteBuffer?>(nil)

    init(_ pictures: AsyncThrowingStream<ReleasePicture, any Error>, keepAlive: Duration = keepAlive) {
        let (wishes, wish) = AsyncThrowingStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wishes = wishes
        let pulse = Task {
            // Cancellation is the only thing that ends it.
            while case .some = try? await Task.sleep(for: keepAlive) { wish.yield() }
        }
        let feed = Task { [weak self] in
            do {
                for try await picture in pictures {
                    guard let self else { break }
                    var line = try ByteBuffer(bytes: picture.json())
                    line.writeString("\n")
                    self.newest.withLock { $0 = line }
                    wish.yield()
                }
                wish.finish()
            } catch {
                wish.finish(throwing: error)
            }
            pulse.cancel()
        }
        wish.onTermination = { _ in
            feed.cancel()
            pulse.cancel()
        }
    }

    /// The newest line that has not been taken.
    func take() -> ByteBuffer? {
        newest.withLock { line in
            defer { line = nil }
            return line
        }
    }
}
