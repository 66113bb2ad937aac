import CCurl

extension Transfer {
    /// Writes the call into libcurl's handle. All pointers live as long as the transfer.
    func configure() throws(HTTPCallError) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        try set(CURLOPT_PRIVATE, own)
        try set(CURLOPT_ERRORBUFFER, errorText)
        try set(CURLOPT_URL, call.url)
        try check(wavetrain_curl_allow_only_http(easy))
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_FOLLOWLOCATION, call.redirects_max > 0 ? 1 : 0)
        try set(CURLOPT_MAXREDIRS, call.redirects_max)
        try set(CURLOPT_FRESH_CONNECT, call.reusesConnections ? 0 : 1)
        try set(CURLOPT_FORBID_REUSE, call.reusesConnections ? 0 : 1)
        if case .none = call.proxy { try set(CURLOPT_PROXY, "") }
        if call.onlyConnects {
            try set(CURLOPT_CONNECT_ONLY, 1)
            try set(CURLOPT_CERTINFO, 1)
        }
        if let dials = call.dials { try setDialled(dials) }
        try setMethod()
        try setHeaders()
        try setLimits()
        try setTrust()
        try setCallbacks(own)
    }

    /// Nothing before the address stands for any host and port.
    private func setDialled(_ address: String) throws(HTTPCallError) {
        guard let list = curl_slist_append(nil, "::\(address)") else {
            throw HTTPCallError(.other, call, "libcurl got no memory")
        }
        dialList = list
        try check(wavetrain_curl_set_dialled(easy, list))
    }

    private func setMethod() throws(HTTPCallError) {
        if let upload {
            try set(CURLOPT_UPLOAD, 1)
            try check(wavetrain_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(upload.length_bytes)))
        }
        // Set for HEAD only: an answer to any other method may have a body.
        if call.method == "HEAD" { try set(CURLOPT_NOBODY, 1) }
        try set(CURLOPT_CUSTOMREQUEST, call.method)
    }

    private func setHeaders() throws(HTTPCallError) {
        // "Name;" sends an empty value, "Name:" takes out libcurl's own: nobody waits for "100 Continue".
        let lines = call.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        for line in lines {
            guard let list = curl_slist_append(headerList, line) else {
                throw HTTPCallError(.other, call, "libcurl got no memory")
            }
            headerList = list
        }
        try check(wavetrain_curl_set_headers(easy, headerList))
    }

    private func setLimits() throws(HTTPCallError) {
        let limits = call.limits
        try set(CURLOPT_TIMEOUT_MS, limits.timeout_ms ?? 0)
        try set(CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout_ms)
        if let stallTimeout_s = limits.stallTimeout_s {
            try set(CURLOPT_LOW_SPEED_LIMIT, 1)
            try set(CURLOPT_LOW_SPEED_TIME, stallTimeout_s)
        }
    }

    private func setTrust() throws(HTTPCallError) {
        try set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if case .anybody = call.trust {
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        } else {
            try set(CURLOPT_SSL_VERIFYPEER, 1)
            try set(CURLOPT_SSL_VERIFYHOST, 2)
        }
        switch call.trust {
        case .system, .anybody: return
        case .authorityFile(let path):
            try set(CURLOPT_CAINFO, path)
        case .authorityBytes(var pem):
            let result = pem.withUnsafeMutableBytes {
                wavetrain_curl_set_bytes(easy, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count)
            }
            try check(result)
            try check(wavetrain_curl_set_text(easy, CURLOPT_CAINFO, nil))
        }
        // Distributions build libcurl with a folder of authorities that would be trusted besides.
        try check(wavetrain_curl_set_text(easy, CURLOPT_CAPATH, nil))
    }

    private func setCallbacks(_ own: UnsafeMutableRawPointer) throws(HTTPCallError) {
        try check(wavetrain_curl_set_header(easy, headerThunk, own))
        try check(wavetrain_curl_set_write(easy, writeThunk, own))
        if upload != nil {
            try check(wavetrain_curl_set_read(easy, readThunk, own))
            try check(wavetrain_curl_set_seek(easy, seekThunk, own))
        }
        if progress != nil {
            try set(CURLOPT_NOPROGRESS, 0)
            try check(wavetrain_curl_set_progress(easy, progressThunk, own))
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPCallError) {
        try check(wavetrain_curl_set_long(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPCallError) {
        try check(wavetrain_curl_set_text(easy, option, value))
    }

    private func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) throws(HTTPCallError) {
        try check(wavetrain_curl_set_pointer(easy, option, value))
    }

    /// CURLE_OK; CURLE_OUT_OF_MEMORY; CURLE_UNKNOWN_OPTION or CURLE_NOT_BUILT_IN for a libcurl that is too bare.
    private func check(_ result: CURLcode) throws(HTTPCallError) {
        guard result == CURLE_OK else {
            throw HTTPCallError(
                .other,
                call,
                "libcurl refused an option: \(String(cString: curl_easy_strerror(result)))"
            )
        }
    }
}

// MARK: Thunks: unwrap the transfer and forward

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
    guard let context else { preconditionFailure("libcurl hands back what it was given") }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

private let headerThunk: curl_write_callback = { bytes, size, count, context in
    transfer(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private let writeThunk: curl_write_callback = { bytes, size, count, context in
    transfer(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let readThunk: curl_read_callback = { buffer, size, count, context in
    transfer(context).readUpload(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let seekThunk: curl_seek_callback = { context, offset, origin in
    guard origin == SEEK_SET, transfer(context).upload?.seek(to: Int(offset)) == true else { return CURL_SEEKFUNC_FAIL }
    return CURL_SEEKFUNC_OK
}

private let progressThunk: curl_xferinfo_callback = { context, toReceive, received, toSend, sent in
    let progress = HTTPProgress(
        sent_bytes: Int(sent),
        toSend_bytes: toSend > 0 ? Int(toSend) : nil,
        received_bytes: Int(received),
        toReceive_bytes: toReceive > 0 ? Int(toReceive) : nil
    )
    transfer(context).progress?(progress)
    return 0
}
