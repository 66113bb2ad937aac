/// Checks the outline of an encoded envelope, field by field, before the decoder allocates anything for it: the wire
/// lets two bytes stand for one more signature, or for a field that nobody knows.
enum EnvelopeOutline {
    /// - Throws: `EnvelopeError`: `malformed`, `unknownField`, `tooLarge`, `tooManySignatures`.
    static func check(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        var typeCount = 0
        var payloadCount = 0
        var signatureCount = 0
        while let tag = rest.popFirst() {
            guard [payloadTypeTag, payloadTag, signatureTag].contains(tag) else {
                throw EnvelopeError.unknownField("envelope")
            }
            let length = try length(from: &rest)
            guard length <= rest.count else { throw malformed("A field is longer than the envelope.") }
            rest = rest.dropFirst(length)
            switch tag {
            case payloadTypeTag:
                typeCount += 1
                try bound(length, by: Envelope.payloadTypeBytes_max, "payload type")
            case payloadTag:
                payloadCount += 1
            default:
                signatureCount += 1
                try bound(length, by: Envelope.signatureBytes_max, "signature")
            }
            // The decoder would let the last of two types or payloads win; other readers take the first.
            guard typeCount <= 1, payloadCount <= 1 else { throw malformed("Its type or its payload stands twice.") }
            guard signatureCount <= Envelope.signatureCount_max else { throw EnvelopeError.tooManySignatures }
        }
    }

    /// Field number and wire type 2 (a length, then that many bytes) of `proto/wavetrain/v1/envelope.proto`.
    private static let payloadTypeTag: UInt8 = 1 << 3 | 2
    private static let payloadTag: UInt8 = 2 << 3 | 2
    private static let signatureTag: UInt8 = 3 << 3 | 2

    /// Seven bits a byte, the lowest first; five bytes are more than any length here needs.
    private static func length(from rest: inout ArraySlice<UInt8>) throws -> Int {
        var length = 0
        for index in 0..<5 {
            guard let byte = rest.popFirst() else { break }
            length |= Int(byte & 0x7f) << (7 * index)
            if byte < 0x80 { return length }
        }
        throw malformed("The length of a field does not end.")
    }

    private static func bound(_ length: Int, by bytes_max: Int, _ kind: String) throws {
        guard length <= bytes_max else {
            throw EnvelopeError.tooLarge("A \(kind)", bytes: length, bytes_max: bytes_max)
        }
    }

    private static func malformed(_ sentence: String) -> EnvelopeError { .malformed("envelope", sentence) }
}

extension EnvelopeError {
    static func malformed(_ place: String, _ sentence: String) -> EnvelopeError {
        EnvelopeError(.malformed, in: place, sentence, remedy: "Fetch it again; if that does not help, ask its sender.")
    }

    static func unknownField(_ place: String) -> EnvelopeError {
        EnvelopeError(
            .unknownField,
            in: place,
            "It holds a field that this version does not know, which may change what the others mean.",
            remedy: "Upgrade this side, or send it from the same version."
        )
    }

    static func tooLarge(_ what: String, bytes: Int, bytes_max: Int) -> EnvelopeError {
        EnvelopeError(
            .tooLarge,
            "\(what) has \(bytes) bytes; at most \(bytes_max) are read.",
            remedy: "Send less at once."
        )
    }

    static var tooManySignatures: EnvelopeError {
        EnvelopeError(
            .tooManySignatures,
            "It carries more than \(Envelope.signatureCount_max) signatures.",
            remedy: "Keep only the signatures that its reader asks for."
        )
    }
}
