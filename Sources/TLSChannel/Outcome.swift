import COpenSSL

/// What a libssl call came to. Its return codes are turned into these cases here and nowhere else.
enum Outcome {
    /// Done; another call may find more to do.
    case complete
    /// Not done: more ciphertext has to come from the peer first.
    case incomplete
    case failed(Failure)

    enum Failure {
        /// The peer said close_notify: the orderly end of its direction.
        case peerClosed
        /// The connection is beyond repair; an alert for the peer may wait in the outgoing ciphertext.
        case library(LibraryFailure)
    }

    /// Runs one libssl call on `ssl` and judges its return code, under which 1 or more is success for all of
    /// SSL_do_handshake, SSL_read_ex, SSL_write_ex.
    init(of ssl: OpaquePointer, _ call: (OpaquePointer) -> CInt) {
        LibraryFailure.clearQueue()
        let code = call(ssl)
        switch SSL_get_error(ssl, code) {
        case SSL_ERROR_NONE:
            self = .complete
        case SSL_ERROR_WANT_READ:
            self = .incomplete
        case SSL_ERROR_ZERO_RETURN:
            self = .failed(.peerClosed)
        default:
            // SSL_ERROR_SSL: the queue says why. SSL_ERROR_SYSCALL: our BIO makes no system calls.
            // SSL_ERROR_WANT_WRITE: our BIO takes every write. WANT_X509_LOOKUP, WANT_ASYNC, WANT_CLIENT_HELLO_CB:
            // nothing of the kind is installed. None of the latter can happen; if one does, the connection ends.
            self = .failed(.library(.drained()))
        }
    }
}
