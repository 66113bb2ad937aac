import NIOCore

/// Cuts a stream into frames: a length in 4 bytes, big-endian, then that many bytes of one protobuf message.
///
/// A length is judged as soon as its 4 bytes are there, before anything is allocated for it. Bytes may arrive one at a
/// time or many frames at once.
struct FrameReader {
    /// May change between two frames, when the sender's state does.
    var limit: FrameLimit
    private var buffer = ByteBuffer()

    static let header_bytes = 4

    /// Nothing has arrived that has not been taken.
    var isEmpty: Bool { buffer.readableBytes == 0 }

    init(limit: FrameLimit) {
        self.limit = limit
    }

    /// Adds what has arrived.
    mutating func append(_ bytes: consuming ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole message; nil until more has arrived.
    mutating func next() throws(LinkError) -> [UInt8]? {
        guard let length: UInt32 = buffer.getInteger(at: buffer.readerIndex) else { return nil }
        guard length > 0 else {
            throw LinkError(.malformedFrame, "The frame is empty.", remedy: "Look for a proxy that alters the stream.")
        }
        guard length <= limit.bytes_max else {
            throw LinkError(
                .frameTooLarge,
                "The frame announces \(length) bytes; \(limit.bytes_max) are allowed here.",
                remedy: "Check that the peer speaks this protocol, and that it sends no more than its bounds."
            )
        }
        let wanted = Self.header_bytes + Int(length)
        guard buffer.readableBytes >= wanted else { return nil }
        buffer.moveReaderIndex(forwardBy: Self.header_bytes)
        let message = buffer.readBytes(length: Int(length))
        // Nothing left: give up the memory rather than let one large frame keep it for the whole session.
        if buffer.readableBytes == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
        return message
    }
}
