/// Why bytes could not be deflated or inflated. It never carries any of the bytes.
public struct ZlibError: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        /// The input ended before its stream did.
        case truncated
        /// The input is not such a stream, or its checksum does not match.
        case corrupted
        /// Something stands behind the end of the stream, a second stream included.
        case trailingBytes = "trailing-bytes"
        /// The output would be longer than `ExpansionLimits.bytes_max`.
        case tooLarge = "too-large"
        /// The output would be longer than `ExpansionLimits.ratio_max` allows.
        case ratioTooHigh = "ratio-too-high"
        /// zlib got no memory for its window.
        case outOfMemory = "out-of-memory"
        /// The stream was used again after the receiver of its output failed.
        case abandoned
    }

    public let code: Code

    /// How many bytes of the input had been read when this was found.
    public let offset: Int

    /// The sentence, with what to do about it.
    public let reason: String

    init(_ code: Code, offset: Int, _ reason: String) {
        self.code = code
        self.offset = offset
        self.reason = reason
    }
}

extension ZlibError: CustomStringConvertible {
    public var description: String { "\(reason) (\(code.rawValue) at compressed byte \(offset))" }
}
