import TrainModel

/// Immutable documents by the SHA-256 of their bytes, such as the sources of plans that events name by digest.
public protocol DocumentStore: Sendable {
    /// Returns when the document is durable. Putting the same bytes again changes nothing. Throws `invalidDocument`
    /// for more than `document_bytes_max` bytes.
    @discardableResult
    func putDocument(_ bytes: [UInt8]) async throws -> Digest

    /// Nil if there is no such document; `damaged` if its bytes no longer have this digest.
    func document(_ digest: Digest) async throws -> [UInt8]?
}

extension DocumentStore {
    public static var document_bytes_max: Int { 16 << 20 }
}
