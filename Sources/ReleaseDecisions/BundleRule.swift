/// How many bundles the controller keeps that nothing needs.
public struct BundleRule: Hashable, Sendable {
    /// The newest of each artifact, needed ones among them; at least 1.
    public var keep: Int
    /// Of all that nothing needs, but for the newest of each artifact; nil: any.
    public var space_bytes: UInt64?

    public init(keep: Int = 20, space_bytes: UInt64? = nil) {
        (self.keep, self.space_bytes) = (max(1, keep), space_bytes)
    }
}
