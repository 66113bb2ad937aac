import HummingbirdCore
import NIOCore
import Synchronization

/// A request's body that cuts the connection when it comes too slowly. Only the time that is spent waiting for the client
/// counts.
struct PacedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let base: RequestBody
    let limits: BoardLimits
    let channel: any Channel

    func makeAsyncIterator() -> Iterator {
        Iterator(base: base.makeAsyncIterator(), pace: BodyPace(channel, limits))
    }

    struct Iterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let pace: BodyPace

        mutating func next() async throws -> ByteBuffer? {
            pace.waits()
            let part = try await base.next()
            pace.has(part?.readableBytes ?? 0)
            return part
        }
    }
}

/// Looks once in every period whether enough has come.
final class BodyPace: Sendable {
    private struct Period {
        var bytes = 0
        var isWaiting = false
    }

    private let period = Mutex(Period())
    private let looks = Mutex<RepeatedTask?>(nil)

    init(_ channel: any Channel, _ limits: BoardLimits) {
        let task = channel.eventLoop.scheduleRepeatedTask(
            initialDelay: limits.bodyPeriod,
            delay: limits.bodyPeriod
        ) { [weak self] task in
            guard let self else { return task.cancel() }
            if self.isTooSlow(bytes_min: limits.bodyPeriod_bytes_min) { channel.close(promise: nil) }
        }
        looks.withLock { $0 = task }
    }

    deinit {
        looks.withLock { $0?.cancel() }
    }

    func waits() {
        period.withLock { $0.isWaiting = true }
    }

    func has(_ bytes: Int) {
        period.withLock { period in
            period.bytes += bytes
            period.isWaiting = false
        }
    }

    private func isTooSlow(bytes_min: Int) -> Bool {
        period.withLock { period in
            defer { period.bytes = 0 }
            return period.isWaiting && period.bytes < bytes_min
        }
    }
}
