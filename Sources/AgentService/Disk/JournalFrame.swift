import Cryptography
import TrainModel

/// One write to the journal: magic, length, sequence number, SHA-256 of all that and the payload, payload.
///
/// Everything that is made durable together stands in one frame, so a frame behind a broken one proves that the broken
/// one was whole once.
struct JournalFrame: Equatable {
    static let magic = Array("WTJ1".utf8)
    static let header_bytes = 4 + 4 + 8 + 32
    static let payload_bytes_max = 16 << 20 - 1

    let sequence: UInt64
    let payload: [UInt8]

    var bytes: [UInt8] {
        let prefix = Self.magic + Self.bigEndian(UInt32(payload.count)) + Self.bigEndian(sequence)
        return prefix + SHA256.digest(of: prefix + payload).bytes + payload
    }

    /// The frame that begins at the offset, or nil when it is broken or not there in whole.
    static func read(_ bytes: [UInt8], at offset: Int) -> JournalFrame? {
        guard bytes.count - offset >= header_bytes, Array(bytes[offset..<offset + 4]) == magic else { return nil }
        let length = bytes[offset + 4..<offset + 8].reduce(0) { $0 << 8 | Int($1) }
        let body = offset + header_bytes
        guard length <= payload_bytes_max, bytes.count - body >= length else { return nil }
        let payload = bytes[body..<body + length]
        let checksum = SHA256.digest(of: bytes[offset..<offset + 16] + payload)
        guard checksum.bytes.elementsEqual(bytes[offset + 16..<body]) else { return nil }
        let sequence = bytes[offset + 8..<offset + 16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return JournalFrame(sequence: sequence, payload: Array(payload))
    }

    /// A whole frame anywhere behind the offset.
    static func exists(in bytes: [UInt8], after offset: Int) -> Bool {
        var start = offset + 1
        while start + header_bytes <= bytes.count {
            if bytes[start] == magic[0], read(bytes, at: start) != nil { return true }
            start += 1
        }
        return false
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
