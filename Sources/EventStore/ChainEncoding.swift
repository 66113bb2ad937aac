import Cryptography
import TrainModel

/// The one binary form of what is hashed, so that different contents can never give the same bytes.
///
/// It begins with a domain, which says what the bytes are. A *field* (the domain, a text, a body) is its byte count as
/// 8 bytes, big-endian, then its bytes; a *number* is 8 bytes, big-endian, two's complement; a *digest* is its 32
/// bytes. `docs/audit.md` shows the same with `printf` and `sha256sum`.
struct ChainEncoding {
    private var bytes: [UInt8] = []

    init(domain: String, capacity_bytes: Int = 256) {
        bytes.reserveCapacity(capacity_bytes)
        append(field: domain.utf8)
    }

    mutating func append(field: some Collection<UInt8>) {
        append(number: UInt64(field.count))
        bytes.append(contentsOf: field)
    }

    mutating func append(number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(digest: Digest) {
        bytes.append(contentsOf: digest.bytes)
    }

    var digest: Digest { SHA256.digest(of: bytes) }
}
