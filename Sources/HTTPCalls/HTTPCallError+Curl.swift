import CCurl
import Glibc

extension HTTPCallError {
    /// - Parameters:
    ///   - result: how libcurl ended the transfer; not `CURLE_OK`.
    ///   - systemError: errno of a failed connection, or 0.
    init(_ result: CURLcode, systemError: Int, message: String, _ call: HTTPCall) {
        let text = message.isEmpty ? String(cString: curl_easy_strerror(result)) : message
        self.init(Self.code(result, systemError: systemError), call, text)
    }

    private static func code(_ result: CURLcode, systemError: Int) -> Code {
        switch result {
        case CURLE_URL_MALFORMAT: .badCall
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
        case CURLE_COULDNT_CONNECT: systemError == Int(ECONNREFUSED) ? .refused : .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            .tlsFailed
        case CURLE_SSL_CACERT_BADFILE: .localFile
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            .closedEarly
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .badResponse
        case CURLE_TOO_MANY_REDIRECTS: .tooManyRedirects
        default: .other
        }
    }
}
