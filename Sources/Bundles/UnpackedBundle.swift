/// A bundle that was unpacked and is on the disk.
public struct UnpackedBundle: Hashable, Sendable {
    public let manifest: BundleManifest
    public let entries_count: Int
}
