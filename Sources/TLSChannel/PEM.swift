import COpenSSL

/// Reads PEM text through libcrypto; the objects are lent to a closure and freed behind it.
enum PEM {
    /// Lends every certificate of the text in order. Text of other kinds between them is passed over.
    /// - Returns: how many there were.
    /// - Throws: libcrypto's reason when one of them is malformed, or whatever `body` throws.
    static func forEachCertificate(
        in text: String,
        _ body: (_ certificate: OpaquePointer) throws(TLSError) -> Void,
        malformed: (LibraryFailure) -> TLSError
    ) throws(TLSError) -> Int {
        let source = try MemoryBIO(text)
        var count = 0
        LibraryFailure.clearQueue()
        while let certificate = PEM_read_bio_X509(source.bio, nil, refusePassphrase, nil) {
            defer { X509_free(certificate) }
            try body(certificate)
            count += 1
        }
        // NULL means the end of the text or a broken block; only the queue tells which.
        guard ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE else { throw malformed(.drained()) }
        LibraryFailure.clearQueue()
        return count
    }

    /// Lends the first private key of the text.
    static func withPrivateKey(
        in text: String,
        _ body: (_ key: OpaquePointer) throws(TLSError) -> Void
    ) throws(TLSError) {
        let source = try MemoryBIO(text)
        LibraryFailure.clearQueue()
        guard let key = PEM_read_bio_PrivateKey(source.bio, nil, refusePassphrase, nil) else {
            throw .identity("the private key cannot be read: \(LibraryFailure.drained().text)")
        }
        defer { EVP_PKEY_free(key) }
        try body(key)
    }
}

/// Without a callback libcrypto would ask for the passphrase on the terminal and wait. -1 = there is none.
private func refusePassphrase(
    target: UnsafeMutablePointer<CChar>?,
    count: CInt,
    writing: CInt,
    data: UnsafeMutableRawPointer?
) -> CInt { -1 }

/// A copy of the text in libcrypto's own memory, wiped when freed.
private struct MemoryBIO: ~Copyable {
    let bio: OpaquePointer

    init(_ text: String) throws(TLSError) {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw .library("make a BIO") }
        var text = text
        let written = text.withUTF8 { BIO_write(bio, $0.baseAddress, CInt(clamping: $0.count)) }
        // Bytes written; fewer, 0 or -1 when the text is empty or memory is short.
        guard written == text.utf8.count || text.isEmpty else {
            BIO_free(bio)
            throw .library("copy \(text.utf8.count) bytes")
        }
        self.bio = bio
    }

    deinit {
        BIO_free(bio)
    }
}
