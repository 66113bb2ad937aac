/// How large a bundle may be, packed or unpacked.
public struct BundleLimits: Sendable {
    /// The unpacked archive: contents, headers and padding.
    public let bytes_max: Int

    /// Files, folders and links together.
    public let entries_max: Int

    /// Unpacked bytes for each packed byte.
    public let ratio_max: Int

    public init(bytes_max: Int = 8 << 30, entries_max: Int = 100_000, ratio_max: Int = 250) {
        self.bytes_max = bytes_max
        self.entries_max = entries_max
        self.ratio_max = ratio_max
    }

    /// 8 GiB in 100,000 entries, at most 250:1.
    public static let standard = BundleLimits()
}
