import Cryptography
import TrainModel

/// One write to the journal: magic, length, sequence number, flushed number, SHA-256 of all that and the payload, payload.
///
/// A power cut may keep a frame that was being written and lose bytes of it. So each says up to which frame all was on the
/// disk when it was written: those were whole once.
struct JournalFrame: Equatable {
    static let magic = Array("WTJ2".utf8)
    /// What the checksum covers beside the payload.
    static let prefix_bytes = 4 + 4 + 8 + 8
    static let header_bytes = prefix_bytes + 32
    static let payload_bytes_max = 16 << 20 - 1

    let sequence: UInt64
    /// The last frame that was flushed before this one was written; 0: none.
    let flushed: UInt64
    let payload: [UInt8]

    var bytes: [UInt8] {
        let numbers = Self.bigEndian(UInt32(payload.count)) + Self.bigEndian(sequence) + Self.bigEndian(flushed)
        let prefix = Self.magic + numbers
        return prefix + SHA256.digest(of: prefix + payload).bytes + payload
    }

    /// The frame that begins at the offset, or nil when it is broken or not there in whole.
    static func read(_ bytes: [UInt8], at offset: Int) -> JournalFrame? {
        guard bytes.count - offset >= header_bytes, Array(bytes[offset..<offset + 4]) == magic else { return nil }
        let length = Int(number(bytes[offset + 4..<offset + 8]))
        let body = offset + header_bytes
        guard length <= payload_bytes_max, bytes.count - body >= length else { return nil }
        let payload = bytes[body..<body + length]
        let checksum = SHA256.digest(of: bytes[offset..<offset + prefix_bytes] + payload)
        guard checksum.bytes.elementsEqual(bytes[offset + prefix_bytes..<body]) else { return nil }
        return JournalFrame(
            sequence: number(bytes[offset + 8..<offset + 16]),
            flushed: number(bytes[offset + 16..<offset + 24]),
            payload: Array(payload)
        )
    }

    /// Whether a whole frame behind the offset says that the frame of this number was flushed.
    static func provesFlushed(_ sequence: UInt64, in bytes: [UInt8], after offset: Int) -> Bool {
        var start = offset + 1
        while start + header_bytes <= bytes.count {
            if bytes[start] == magic[0], let frame = read(bytes, at: start), frame.flushed >= sequence { return true }
            start += 1
        }
        return false
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
