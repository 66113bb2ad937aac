import CCurl

/// The transfers that have not ended. Lives on the loop's thread.
struct TransferTable {
    private let multi: UnsafeMutableRawPointer
    private var transfers: [HTTPLoop.TransferID: Transfer] = [:]

    init(multi: UnsafeMutableRawPointer) {
        self.multi = multi
    }

    mutating func start(
        _ id: HTTPLoop.TransferID,
        _ call: HTTPCall,
        _ progress: (@Sendable (HTTPProgress) -> Void)?,
        _ receiver: any ResponseReceiver
    ) {
        do throws(HTTPCallError) {
            let transfer = try Transfer(id, call, progress, receiver)
            // CURLM_OK; CURLM_OUT_OF_MEMORY.
            guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
                throw HTTPCallError(.other, call, "libcurl got no memory")
            }
            transfers[id] = transfer
        } catch {
            receiver.end(error)
        }
    }

    func resume(_ id: HTTPLoop.TransferID) { transfers[id]?.resume() }

    mutating func cancel(_ id: HTTPLoop.TransferID) {
        guard let transfer = transfers[id] else { return }
        remove(transfer)
        transfer.end(Transfer.cancellation(of: transfer.call))
    }

    mutating func cancelAll() {
        for id in transfers.keys.sorted() { cancel(id) }
    }

    /// Ends the transfers that libcurl has completed.
    mutating func finishCompleted() {
        var left_count: Int32 = 0
        while let message = curl_multi_info_read(multi, &left_count) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message is gone once its handle is removed.
            let result = message.pointee.data.result
            guard let transfer = Transfer.of(easy) else { preconditionFailure("each handle belongs to a transfer") }
            remove(transfer)
            transfer.end(transfer.failure(result))
        }
    }

    private mutating func remove(_ transfer: Transfer) {
        transfers[transfer.id] = nil
        // CURLM_OK; others only for a handle that is not in there.
        let result = curl_multi_remove_handle(multi, transfer.easy)
        precondition(result == CURLM_OK, "a transfer is removed once, outside libcurl's callbacks")
    }
}
