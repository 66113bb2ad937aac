/// Where an answer goes. All methods run on the client's one thread, in the order written here, and must not wait.
protocol ResponseReceiver: Sendable {
    /// The head of the final answer, not of those that only said "continue" or "elsewhere".
    func begin(_ head: HTTPHead) throws

    /// The next piece of the body. False: not taken; it comes again after `HTTPLoop.resume`.
    func take(_ bytes: UnsafeRawBufferPointer) throws -> Bool

    /// Called once, also when nothing else was.
    func end(_ failure: HTTPCallError?)
}

/// An answer grew beyond its limit.
struct ResponseTooLarge: Error {
    let what: String
    let bytes_max: Int
}

/// A file on this side failed.
struct LocalFileFailure: Error {
    let reason: String
}
