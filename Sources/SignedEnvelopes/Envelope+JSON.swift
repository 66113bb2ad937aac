import Cryptography
import StructuredText

/// The envelope as DSSE writes it in JSON: for files that people keep and other tools read.
extension Envelope {
    /// `{"payload":"<base64>","payloadType":"…","signatures":[{"keyid":"…","sig":"<base64>"}]}`, on one line.
    public func jsonText() -> String {
        let text = JSONText.canonical([
            "payloadType": .string(payloadType),
            "payload": .string(Base64.standard.encode(payload)),
            "signatures": .list(
                signatures.map { ["keyid": .string($0.keyID), "sig": .string(Base64.standard.encode($0.bytes))] }
            ),
        ])
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what `jsonText` writes, strictly. Throws `Problems` with the place of what is wrong in `file`.
    public init(json bytes: [UInt8], file: String) throws {
        self = try JSONText.decode(bytes, file: file) { fields in
            let type = fields.string("payloadType")
            let payload = fields.required("payload", .base64)
            let count = 1...Envelope.signatureCount_max
            let signatures = fields.required("signatures", .list(of: .signature, count: count))
            guard let type, let payload, let signatures else { return nil }
            return Envelope(payloadType: type, payload: payload, signatures: signatures)
        }
    }
}

extension Shape where Value == [UInt8] {
    fileprivate static var base64: Shape {
        .text("base64") { text, place, label, problems in
            if let bytes = Base64.standard.decode(text) { return bytes }
            problems.add(place, .badValue, "\(label) must be base64")
            return nil
        }
    }
}

extension Shape where Value == Envelope.Signature {
    fileprivate static var signature: Shape {
        .mapping { fields in
            let keyID = fields.string("keyid")
            let signature = fields.required("sig", .base64)
            guard let keyID, let signature else { return nil }
            return Envelope.Signature(keyID: keyID, bytes: signature)
        }
    }
}
