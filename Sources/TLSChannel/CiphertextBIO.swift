import COpenSSL
import NIOCore

/// Stands where libssl expects its socket: ciphertext from the network on one side, for the network on the other.
///
/// The object owns the BIO. The BIO points back unowned, and `deinit` breaks that link before it lets go, for libssl
/// may hold its own reference to the BIO for longer.
final class CiphertextBIO {
    /// From the network, not yet taken by libssl. libssl takes all it gets, so this is empty between calls.
    private var inbound = ByteBuffer()
    /// From libssl, not yet handed to the channel. Empty between calls as well, and then without storage.
    private var outbound = ByteBuffer()

    private let bio: OpaquePointer

    init() throws(TLSError) {
        guard let method = Self.method, let bio = BIO_new(method) else { throw .library("make a BIO") }
        self.bio = bio
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
    }

    deinit {
        BIO_set_data(bio, nil)
        BIO_free(bio)  // drops our reference; 1 unless bio were NULL
    }

    /// Lets an SSL object read and write here; it gets its own reference.
    func attach(to ssl: OpaquePointer) {
        BIO_up_ref(bio)  // SSL_set_bio takes one reference when both directions are the same BIO
        SSL_set_bio(ssl, bio, bio)
    }

    var inboundBytes: Int { inbound.readableBytes }

    func receive(_ ciphertext: ByteBuffer) {
        var ciphertext = ciphertext
        if inbound.readableBytes == 0 {
            inbound = ciphertext
        } else {
            inbound.writeBuffer(&ciphertext)
        }
    }

    func discardInbound() {
        inbound = ByteBuffer()
    }

    /// Room for what comes next, so that the records of one write grow the buffer once.
    func reserveOutbound(bytes: Int) {
        outbound.reserveCapacity(outbound.writerIndex + bytes)
    }

    func takeOutbound() -> ByteBuffer? {
        guard outbound.readableBytes > 0 else { return nil }
        defer { outbound = ByteBuffer() }
        return outbound
    }

    fileprivate func read(into target: UnsafeMutableRawBufferPointer) -> CInt {
        let count = min(target.count, inbound.readableBytes)
        guard count > 0 else {
            BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            return -1
        }
        inbound.readWithUnsafeReadableBytes { source in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(count)))
            return count
        }
        // The receive buffer goes back to the event loop's pool as soon as it has been read.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return CInt(count)
    }

    fileprivate func write(_ source: UnsafeRawBufferPointer) -> CInt {
        CInt(outbound.writeBytes(source))
    }
}

extension CiphertextBIO {
    /// Made once and never freed: every BIO of the process shares it. nil when libcrypto has no memory for it.
    /// Immutable after this initialiser, hence safe to share.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext") else { return nil }
        BIO_meth_set_read(method, ciphertextRead)
        BIO_meth_set_write(method, ciphertextWrite)
        BIO_meth_set_ctrl(method, ciphertextControl)
        return method
    }()
}

// The thunks libcrypto calls: unwrap the pointer, forward. -1 without a retry flag means failure.

private func ciphertextRead(bio: OpaquePointer?, target: UnsafeMutablePointer<CChar>?, count: CInt) -> CInt {
    guard let bio, let target, count > 0, let object = BIO_get_data(bio) else { return -1 }
    BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
    return Unmanaged<CiphertextBIO>.fromOpaque(object).takeUnretainedValue()
        .read(into: UnsafeMutableRawBufferPointer(start: target, count: Int(count)))
}

private func ciphertextWrite(bio: OpaquePointer?, source: UnsafePointer<CChar>?, count: CInt) -> CInt {
    guard let bio, let source, count > 0, let object = BIO_get_data(bio) else { return -1 }
    BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
    return Unmanaged<CiphertextBIO>.fromOpaque(object).takeUnretainedValue()
        .write(UnsafeRawBufferPointer(start: source, count: Int(count)))
}

/// Flushing is the channel's business, so it succeeds at once; every other control is unknown, which 0 says.
private func ciphertextControl(
    bio: OpaquePointer?,
    command: CInt,
    number: CLong,
    pointer: UnsafeMutableRawPointer?
) -> CLong {
    command == BIO_CTRL_FLUSH ? 1 : 0
}
