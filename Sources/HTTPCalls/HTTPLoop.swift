import CCurl
import Glibc
import Synchronization

/// The one thread that owns libcurl's multi handle and all transfers; others only leave commands.
final class HTTPLoop: Sendable {
    typealias TransferID = UInt64

    private enum Command: Sendable {
        case start(TransferID, HTTPCall, (@Sendable (HTTPProgress) -> Void)?, any ResponseReceiver)
        /// Takes bytes again that were not taken.
        case resume(TransferID)
        case cancel(TransferID)
        case stop
    }

    private struct Inbox {
        var commands: [Command] = []
        var lastID: TransferID = 0
        /// From then on nobody may touch the multi handle.
        var isClosed = false
    }

    /// libcurl's multi handle. Unsafe only in name: `curl_multi_wakeup`, which may be called from any thread, is called
    /// under the inbox's lock while it is not closed; everything else happens on the one thread.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let inbox = Mutex(Inbox())

    /// Wakes up by itself this often, though nothing depends on it.
    private static let poll_ms: Int32 = 60_000

    init() {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else {
            preconditionFailure("libcurl cannot be set up in this process")
        }
        self.multi = multi
        startThread()
    }

    // MARK: From any thread

    /// Begins a transfer; the receiver hears how it ends.
    func start(
        _ call: HTTPCall,
        progress: (@Sendable (HTTPProgress) -> Void)?,
        _ receiver: any ResponseReceiver
    ) -> TransferID {
        inbox.withLock { inbox in
            inbox.lastID += 1
            send(.start(inbox.lastID, call, progress, receiver), &inbox)
            return inbox.lastID
        }
    }

    /// Takes a transfer that has not ended to its end, with `cancelled`.
    func cancel(_ id: TransferID) { inbox.withLock { send(.cancel(id), &$0) } }

    func resume(_ id: TransferID) { inbox.withLock { send(.resume(id), &$0) } }

    /// Ends all transfers and the thread.
    func stop() { inbox.withLock { send(.stop, &$0) } }

    private func send(_ command: Command, _ inbox: inout Inbox) {
        guard !inbox.isClosed else { return }
        inbox.commands.append(command)
        // CURLM_OK, or CURLM_WAKEUP_FAILURE when its socket is full: then it wakes up anyway.
        _ = curl_multi_wakeup(multi)
    }

    /// Runs a transfer to its end for one caller.
    func run(
        _ call: HTTPCall,
        progress: (@Sendable (HTTPProgress) -> Void)?,
        _ receiver: (@escaping @Sendable (Result<HTTPResponse, HTTPCallError>) -> Void) -> any ResponseReceiver
    ) async throws(HTTPCallError) -> HTTPResponse {
        let id = Mutex<TransferID?>(nil)
        let result: Result<HTTPResponse, HTTPCallError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let started = start(call, progress: progress, receiver { continuation.resume(returning: $0) })
                id.withLock { $0 = started }
                // A cancellation from before there was an id could not name it.
                if Task.isCancelled { cancel(started) }
            }
        } onCancel: {
            if let id = id.withLock({ $0 }) { cancel(id) }
        }
        return try result.get()
    }

    // MARK: On the loop's own thread

    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        // 0, or an error number when there are too many threads.
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<HTTPLoop>.fromOpaque(context).takeRetainedValue().main()
                return nil
            },
            context
        )
        precondition(result == 0, "the system starts no more threads")
        pthread_detach(thread)
    }

    private func main() {
        // Signals are other threads' business; a broken pipe is an error here, not the end of the process.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        var transfers = TransferTable(multi: multi)
        while perform(&transfers) {
            var running: Int32 = 0
            // CURLM_OK; others mean memory or a defect, and every transfer then ends by its own timeout or command.
            _ = curl_multi_perform(multi, &running)
            transfers.finishCompleted()
            _ = curl_multi_poll(multi, nil, 0, Self.poll_ms, nil)
        }
        let late = inbox.withLock { inbox in
            inbox.isClosed = true
            defer { inbox.commands = [] }
            return inbox.commands
        }
        for case .start(_, let call, _, let receiver) in late { receiver.end(Transfer.cancellation(of: call)) }
        transfers.cancelAll()
        curl_multi_cleanup(multi)
    }

    /// Follows the commands; false after `stop`.
    private func perform(_ transfers: inout TransferTable) -> Bool {
        let commands = inbox.withLock { inbox in
            defer { inbox.commands = [] }
            return inbox.commands
        }
        var goesOn = true
        for command in commands {
            switch command {
            case .start(let id, let call, let progress, let receiver):
                transfers.start(id, call, progress, receiver)
            case .resume(let id): transfers.resume(id)
            case .cancel(let id): transfers.cancel(id)
            case .stop: goesOn = false
            }
        }
        return goesOn
    }
}
