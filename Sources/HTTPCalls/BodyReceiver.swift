import Synchronization

/// Collects a whole answer in memory, up to a limit.
final class BodyReceiver: ResponseReceiver {
    private struct State {
        var head: HTTPHead?
        var body: [UInt8] = []
    }

    private let bytes_max: Int
    private let state = Mutex(State())
    private let completion: @Sendable (Result<HTTPResponse, HTTPCallError>) -> Void

    init(bytes_max: Int, completion: @escaping @Sendable (Result<HTTPResponse, HTTPCallError>) -> Void) {
        self.bytes_max = bytes_max
        self.completion = completion
    }

    func begin(_ head: HTTPHead) { state.withLock { $0.head = head } }

    func take(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        try state.withLock { state in
            guard state.body.count + bytes.count <= bytes_max else {
                throw ResponseTooLarge(what: "the answer", bytes_max: bytes_max)
            }
            state.body.append(contentsOf: bytes)
            return true
        }
    }

    func end(_ failure: HTTPCallError?) {
        let (head, body) = state.withLock { ($0.head, $0.body) }
        if let failure { return completion(.failure(failure)) }
        guard let head else { preconditionFailure("a transfer without failure has a head") }
        completion(.success(HTTPResponse(head: head, body: body)))
    }
}
