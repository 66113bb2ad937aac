import TrainModel

/// A bundle that was written, and what an artifact is pinned by.
public struct PackedBundle: Hashable, Sendable {
    /// SHA-256 of the file's bytes.
    public let digest: Digest
    public let length_bytes: Int
    public let entries_count: Int
    public let manifest: BundleManifest
}
