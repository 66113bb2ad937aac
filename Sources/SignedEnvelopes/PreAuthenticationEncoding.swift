/// What DSSE signs: type and payload with their lengths, so that no other pair gives the same bytes.
///
/// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal
/// (https://github.com/secure-systems-lab/dsse, protocol.md, version 1.0.0).
public enum PreAuthenticationEncoding {
    public static func encode(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
}
