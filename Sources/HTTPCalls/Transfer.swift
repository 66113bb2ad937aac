import CCurl
import Glibc

/// One call on its way: owns libcurl's easy handle and all that it points to. Lives on the loop's thread.
final class Transfer {
    private static let headBytes_max = 64 * 1024
    /// What libcurl writes before the PEM among a certificate's lines.
    private static let certificateKey = "Cert:"

    let id: HTTPLoop.TransferID
    let call: HTTPCall
    let easy: UnsafeMutableRawPointer
    let upload: UploadSource?
    let progress: (@Sendable (HTTPProgress) -> Void)?
    private let receiver: any ResponseReceiver

    /// Filled by libcurl with its message.
    let errorText: UnsafeMutablePointer<CChar>
    var headerList: UnsafeMutablePointer<curl_slist>?
    var dialList: UnsafeMutablePointer<curl_slist>?

    private var headers: [HTTPHeader] = []
    private var head_bytes = 0
    private var hasBegun = false
    /// Why a callback ended the transfer.
    private var ownFailure: HTTPCallError?

    init(
        _ id: HTTPLoop.TransferID,
        _ call: HTTPCall,
        _ progress: (@Sendable (HTTPProgress) -> Void)?,
        _ receiver: any ResponseReceiver
    ) throws(HTTPCallError) {
        try call.check()
        self.id = id
        self.call = call
        self.progress = progress
        self.receiver = receiver
        do throws(LocalFileFailure) { upload = try Self.upload(call) } catch {
            throw HTTPCallError(.localFile, call, error.reason)
        }
        guard let easy = curl_easy_init() else { throw HTTPCallError(.other, call, "libcurl got no memory") }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure()
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        curl_slist_free_all(dialList)
        errorText.deallocate()
    }

    /// The transfer that `configure` has written into the handle.
    static func of(_ easy: UnsafeMutableRawPointer) -> Transfer? {
        var pointer: UnsafeMutableRawPointer?
        // CURLE_OK for every handle.
        guard wavetrain_curl_get_private(easy, &pointer) == CURLE_OK, let pointer else { return nil }
        return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    static func cancellation(of call: HTTPCall) -> HTTPCallError { HTTPCallError(.cancelled, call, "cancelled") }

    /// POST and its like announce a body even when it is empty.
    private static func upload(_ call: HTTPCall) throws(LocalFileFailure) -> UploadSource? {
        switch call.body {
        case .none: ["POST", "PUT", "PATCH"].contains(call.method) ? UploadSource(bytes: []) : nil
        case .bytes(let bytes): UploadSource(bytes: bytes)
        case .file(let path, let offset_bytes): try UploadSource(file: path, offset_bytes: offset_bytes)
        }
    }

    func resume() {
        // CURLE_OK; an error ends the transfer, which is then heard of as any other end.
        _ = curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// Tells the receiver. The transfer is out of libcurl's hands.
    func end(_ failure: HTTPCallError?) { receiver.end(failure) }

    /// Nil for a complete answer.
    func failure(_ result: CURLcode) -> HTTPCallError? {
        if let ownFailure { return ownFailure }
        guard result == CURLE_OK else {
            var systemError = 0
            // Stays 0 where libcurl knows of none.
            _ = wavetrain_curl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
            return HTTPCallError(result, systemError: systemError, message: String(cString: errorText), call)
        }
        // Without a body, and for the last of several redirects, the head has not been handed on yet.
        let isHandedOn = guarded { try begin() }
        return isHandedOn ? nil : ownFailure
    }
}

// MARK: What libcurl's callbacks bring

extension Transfer {
    /// One line of a head, its line end included. False ends the transfer.
    func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guarded {
            // Behind the body come trailers, which nobody asks for.
            guard !hasBegun else { return }
            head_bytes += bytes.count
            guard head_bytes <= Self.headBytes_max else {
                throw ResponseTooLarge(what: "the answer's head", bytes_max: Self.headBytes_max)
            }
            let line = String(decoding: bytes, as: UTF8.self).trimmingLineEnd
            if line.isEmpty { return try endHead() }
            guard let colon = line.firstIndex(of: ":") else {
                // A status line: another head begins.
                headers = []
                return
            }
            headers.append(HTTPHeader(String(line[..<colon]), line[line.index(after: colon)...].trimmingSpaces))
        }
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        var isTaken = true
        let goesOn = guarded {
            try begin()
            isTaken = try receiver.take(bytes)
        }
        guard goesOn else { return 0 }
        return isTaken ? bytes.count : wavetrain_curl_write_pause
    }

    func readUpload(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        let goesOn = guarded { count = try upload?.read(into: buffer) ?? 0 }
        return goesOn ? count : wavetrain_curl_read_abort
    }

    /// Heads that only say "continue", or "elsewhere" when that is followed, are not the answer's.
    private func endHead() throws {
        let status = status
        let isFollowed = call.redirects_max > 0 && (300...399).contains(status)
        if status >= 200, !isFollowed { try begin() }
    }

    private func begin() throws {
        guard !hasBegun else { return }
        hasBegun = true
        try receiver.begin(HTTPHead(status: status, headers: headers, certificates: certificates))
    }

    private var certificates: [String] {
        guard call.onlyConnects else { return [] }
        var info: UnsafeMutablePointer<curl_certinfo>?
        // CURLE_OK; the list is the handle's own, and empty where there was no TLS.
        guard wavetrain_curl_get_certificates(easy, &info) == CURLE_OK, let list = info?.pointee else { return [] }
        return (0..<Int(list.num_of_certs)).compactMap { index in
            var line = list.certinfo[index]
            while let entry = line?.pointee {
                let text = entry.data.map { String(cString: $0) } ?? ""
                if text.hasPrefix(Self.certificateKey) { return String(text.dropFirst(Self.certificateKey.count)) }
                line = entry.next
            }
            return nil
        }
    }

    private var status: Int {
        var status = 0
        // Stays 0 before the first status line.
        _ = wavetrain_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    /// Keeps what went wrong, since libcurl only passes on that something did.
    private func guarded(_ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch let error as ResponseTooLarge {
            ownFailure = HTTPCallError(.tooLarge, call, "\(error.what) is longer than \(error.bytes_max) bytes")
        } catch let error as LocalFileFailure {
            ownFailure = HTTPCallError(.localFile, call, error.reason)
        } catch {
            ownFailure = HTTPCallError(.abandoned, call, "\(error)")
        }
        return false
    }
}

extension String {
    fileprivate var trimmingLineEnd: Substring {
        var text = self[...]
        while let last = text.unicodeScalars.last, last == "\r" || last == "\n" { text.unicodeScalars.removeLast() }
        return text
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
