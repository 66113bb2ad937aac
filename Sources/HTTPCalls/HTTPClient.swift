/// Makes HTTP calls, any number at once, on one thread of its own. Connections are kept and used again.
///
/// What it costs does not grow with threads: hundreds of probes wait in one `poll`. Ends its thread when the last
/// reference is gone.
public final class HTTPClient: Sendable {
    let loop: HTTPLoop

    public init() {
        loop = HTTPLoop()
    }

    deinit {
        loop.stop()
    }

    /// The whole answer, in memory. Cancelling the task ends the transfer with `cancelled`.
    public func response(
        to call: HTTPCall,
        progress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) async throws(HTTPCallError) -> HTTPResponse {
        try await loop.run(call, progress: progress) { completion in
            BodyReceiver(bytes_max: call.limits.responseBytes_max, completion: completion)
        }
    }

    /// Passes the body of a successful answer to `sink`, piece by piece, on the client's thread: it must be quick.
    /// What the sink throws ends the call as `abandoned`. The answer returned has a body only when it is no success.
    public func response(
        to call: HTTPCall,
        progress: (@Sendable (HTTPProgress) -> Void)? = nil,
        sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws(HTTPCallError) -> HTTPResponse {
        try await loop.run(call, progress: progress) { completion in
            SinkReceiver(bytes_max: call.limits.responseBytes_max, sink: sink, completion: completion)
        }
    }

    /// Writes the body of a successful answer to a file, which appears, or replaces the one that was there, only when
    /// it is complete and on the disk. Any other answer leaves it alone and is returned with its body.
    public func download(
        _ call: HTTPCall,
        to path: String,
        progress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) async throws(HTTPCallError) -> HTTPResponse {
        let file: DownloadFile
        do { file = try DownloadFile(path) } catch { throw HTTPCallError(.localFile, call, error.reason) }
        let response = try await response(to: call, progress: progress) { try file.write($0) }
        guard response.isSuccess else { return response }
        do { try file.publish() } catch { throw HTTPCallError(.localFile, call, error.reason) }
        return response
    }

    /// Returns when the head has arrived; the lines follow as the server sends them. Give the call no `timeout_ms`.
    public func lines(of call: HTTPCall) async throws(HTTPCallError) -> HTTPLines {
        let receiver = LineReceiver(lineBytes_max: call.limits.responseBytes_max)
        let id = loop.start(call, progress: nil, receiver)
        let head: Result<HTTPHead, HTTPCallError> = await withTaskCancellationHandler {
            do throws(HTTPCallError) { return .success(try await receiver.head()) } catch { return .failure(error) }
        } onCancel: {
            loop.cancel(id)
        }
        return HTTPLines(client: self, receiver: receiver, id: id, head: try head.get())
    }
}
