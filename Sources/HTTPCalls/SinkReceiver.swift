import Synchronization

/// Passes the body of a successful answer on to a closure. The body of any other answer says what went wrong: it is
/// collected in memory.
final class SinkReceiver: ResponseReceiver {
    private struct State {
        var isSuccess = false
        var passed_bytes = 0
    }

    private let bytes_max: Int
    private let sink: @Sendable (UnsafeRawBufferPointer) throws -> Void
    private let rest: BodyReceiver
    private let state = Mutex(State())

    private static let failureBytes_max = 64 * 1024

    init(
        bytes_max: Int,
        sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void,
        completion: @escaping @Sendable (Result<HTTPResponse, HTTPCallError>) -> Void
    ) {
        self.bytes_max = bytes_max
        self.sink = sink
        rest = BodyReceiver(bytes_max: Self.failureBytes_max, completion: completion)
    }

    func begin(_ head: HTTPHead) {
        state.withLock { $0.isSuccess = head.isSuccess }
        rest.begin(head)
    }

    func take(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        let state = state.withLock { state in
            state.passed_bytes += bytes.count
            return state
        }
        guard state.isSuccess else { return try rest.take(bytes) }
        guard state.passed_bytes <= bytes_max else { throw ResponseTooLarge(what: "the answer", bytes_max: bytes_max) }
        try sink(bytes)
        return true
    }

    func end(_ failure: HTTPCallError?) { rest.end(failure) }
}
