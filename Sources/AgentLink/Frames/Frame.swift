import NIOCore
import SwiftProtobuf

/// One message, ready to be written.
enum Frame {
    /// - Throws: `LinkError` `frameTooLarge` for what the other end would refuse.
    static func encode(_ message: some SwiftProtobuf.Message, limit: FrameLimit) throws(LinkError) -> ByteBuffer {
        let bytes: [UInt8]
        do {
            bytes = try message.serializedBytes()
        } catch {
            // Only messages of more than 2 GiB fail to be encoded; proto3 has no required fields.
            throw LinkError(.frameTooLarge, "The message cannot be encoded: \(error).", remedy: "Send less at once.")
        }
        guard bytes.count <= limit.bytes_max else {
            throw LinkError(
                .frameTooLarge,
                "The message has \(bytes.count) bytes; \(limit.bytes_max) are allowed here.",
                remedy: "Send less at once."
            )
        }
        var frame = ByteBuffer()
        frame.reserveCapacity(FrameReader.header_bytes + bytes.count)
        frame.writeInteger(UInt32(bytes.count))
        frame.writeBytes(bytes)
        return frame
    }

    static func decode<Wire: SwiftProtobuf.Message>(_ bytes: [UInt8], _ what: String) throws(LinkError) -> Wire {
        do { return try Wire(serializedBytes: bytes) } catch { throw .malformedMessage(what) }
    }
}
