/// An answer whose body is read line by line for as long as the server sends it, such as newline-delimited JSON.
///
/// One task reads it. The connection ends when that task is cancelled, or when the last reference is gone; what is not
/// read yet makes the server wait, not memory grow.
public final class HTTPLines: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    /// Not necessarily a success: the lines of a refusal say why.
    public let head: HTTPHead

    private let client: HTTPClient
    private let receiver: LineReceiver
    private let id: HTTPLoop.TransferID

    init(client: HTTPClient, receiver: LineReceiver, id: HTTPLoop.TransferID, head: HTTPHead) {
        self.client = client
        self.receiver = receiver
        self.id = id
        self.head = head
    }

    deinit {
        client.loop.cancel(id)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(lines: self) }

    /// The next line without its line feed; nil at the end of a complete answer.
    public func next() async throws(HTTPCallError) -> [UInt8]? {
        let taken: Result<LineReceiver.Taken, HTTPCallError> = await withTaskCancellationHandler {
            do throws(HTTPCallError) { return .success(try await receiver.line()) } catch { return .failure(error) }
        } onCancel: {
            client.loop.cancel(id)
        }
        let (line, mayResume) = try taken.get()
        if mayResume { client.loop.resume(id) }
        return line
    }

    public struct Iterator: AsyncIteratorProtocol {
        let lines: HTTPLines

        public mutating func next() async throws(HTTPCallError) -> [UInt8]? { try await lines.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPCallError) -> [UInt8]? {
            try await lines.next()
        }
    }
}
