import CCurl

/// One message on its way: owns libcurl's easy handle and all that it points to. Stays on its thread.
final class MailTransfer {
    private let call: MailCall
    private let easy: UnsafeMutableRawPointer
    private let upload: UploadSource
    private let cancellation: Cancellation
    /// Filled by libcurl with its message.
    private let errorText: UnsafeMutablePointer<CChar>
    private var recipients: UnsafeMutablePointer<curl_slist>?

    /// Waits until the server has taken the message or it is known why not.
    static func result(of call: MailCall, _ cancellation: Cancellation) -> Result<Void, MailCallError> {
        do throws(MailCallError) {
            return .success(try MailTransfer(call, cancellation).perform())
        } catch {
            return .failure(error)
        }
    }

    private init(_ call: MailCall, _ cancellation: Cancellation) throws(MailCallError) {
        guard CurlLibrary.isReady, let easy = curl_easy_init() else {
            throw MailCallError(.other, call, "libcurl got no memory")
        }
        self.call = call
        self.easy = easy
        self.cancellation = cancellation
        upload = UploadSource(bytes: call.message)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure()
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(recipients)
        errorText.deallocate()
    }

    private func perform() throws(MailCallError) {
        // CURLE_OK; any other is how it ended.
        let result = curl_easy_perform(easy)
        guard result != CURLE_OK else { return }
        var response = 0
        // Stays 0 where the server has said nothing.
        _ = wavetrain_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &response)
        throw MailCallError(result, response: response, message: String(cString: errorText), call)
    }

    private func configure() throws(MailCallError) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        let isTLS = if case .tls = call.protection { true } else { false }
        let host = call.host.contains(":") ? "[\(call.host)]" : call.host
        try check(wavetrain_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        try check(wavetrain_curl_allow_only_mail(easy))
        try set(CURLOPT_URL, "\(isTLS ? "smtps" : "smtp")://\(host):\(call.port)")
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_TIMEOUT_MS, call.timeout_ms)
        try set(CURLOPT_CONNECTTIMEOUT_MS, call.timeout_ms)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = call.authorityFile {
            try set(CURLOPT_CAINFO, file)
            // Distributions build libcurl with a folder of authorities that would be trusted besides.
            try check(wavetrain_curl_set_text(easy, CURLOPT_CAPATH, nil))
        }
        if case .startTLS = call.protection { try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let account = call.account {
            try set(CURLOPT_USERNAME, account.user)
            try set(CURLOPT_PASSWORD, account.password)
        }
        try setEnvelope()
        try set(CURLOPT_UPLOAD, 1)
        try check(wavetrain_curl_set_read(easy, readThunk, own))
        try set(CURLOPT_NOPROGRESS, 0)
        try check(wavetrain_curl_set_progress(easy, progressThunk, own))
    }

    private func setEnvelope() throws(MailCallError) {
        try set(CURLOPT_MAIL_FROM, "<\(call.from)>")
        for address in call.to {
            guard let list = curl_slist_append(recipients, "<\(address)>") else {
                throw MailCallError(.other, call, "libcurl got no memory")
            }
            recipients = list
        }
        try check(wavetrain_curl_set_recipients(easy, recipients))
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // Bytes in memory cannot fail to be read; if ever they do, the message must not look complete.
        do { return try upload.read(into: buffer) } catch { return wavetrain_curl_read_abort }
    }

    fileprivate var isCancelled: Bool { cancellation.isAsked }

    private func set(_ option: CURLoption, _ value: Int) throws(MailCallError) {
        try check(wavetrain_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(MailCallError) {
        try check(wavetrain_curl_set_text(easy, option, value))
    }

    /// CURLE_OK; CURLE_OUT_OF_MEMORY; CURLE_UNKNOWN_OPTION or CURLE_NOT_BUILT_IN for a libcurl without mail.
    private func check(_ result: CURLcode) throws(MailCallError) {
        guard result == CURLE_OK else {
            let reason = String(cString: curl_easy_strerror(result))
            throw MailCallError(.other, call, "libcurl refused an option: \(reason)")
        }
    }
}

// MARK: Thunks: unwrap the transfer and forward

private func transfer(_ context: UnsafeMutableRawPointer?) -> MailTransfer {
    guard let context else { preconditionFailure("libcurl hands back what it was given") }
    return Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
}

private let readThunk: curl_read_callback = { buffer, size, count, context in
    transfer(context).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let progressThunk: curl_xferinfo_callback = { context, _, _, _, _ in
    transfer(context).isCancelled ? 1 : 0
}
