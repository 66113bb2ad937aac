import COpenSSL

/// What libssl's error queue had to say; the queue belongs to the thread, not to the connection.
struct LibraryFailure: Sendable, Hashable {
    /// Reason code within libssl (`SSL_R_…`); nil when another library or nobody complained.
    let reason: Int32?
    let text: String

    /// Every libssl call starts here: an entry left by other code would be taken for this call's own.
    static func clearQueue() {
        ERR_clear_error()
    }

    /// Empties the queue. The oldest entry comes from deepest inside, so its words are the ones worth keeping.
    static func drained() -> LibraryFailure {
        var reason: Int32?
        var text: String?
        while true {
            let code = ERR_get_error()  // 0 = the queue is empty
            guard code != 0 else { break }
            text = text ?? ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            if reason == nil, ERR_GET_LIB(code) == ERR_LIB_SSL { reason = ERR_GET_REASON(code) }
        }
        return LibraryFailure(reason: reason, text: text ?? "no reason given")
    }
}
