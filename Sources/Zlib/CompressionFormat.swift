import CZlib

/// What stands around the deflated bytes: a header and a checksum of the whole.
public enum CompressionFormat: Sendable {
    /// RFC 1950: 6 bytes around, Adler-32. For what travels inside a message.
    case zlib
    /// RFC 1952: 18 bytes around, CRC-32. For files that people open with other tools.
    case gzip

    /// zlib's number for the largest window in this format; 16 more asks for gzip, and for nothing but gzip.
    var windowBits: Int32 {
        switch self {
        case .zlib: MAX_WBITS
        case .gzip: MAX_WBITS + 16
        }
    }
}
