/// What a signed document means and how it is written. One type for each meaning, so that a signature made for one can
/// never be shown as another; nobody outside this module makes new ones.
public struct PayloadType: Hashable, Sendable, CustomStringConvertible {
    let text: String

    /// `Order`, made by the controller's order key.
    public static let order = PayloadType(text: "application/vnd.wavetrain.order.v1+deflate")
    /// `Receipt`, made by a host's own key.
    public static let receipt = PayloadType(text: "application/vnd.wavetrain.receipt.v1")
    /// `BundleGrant`, made by the controller's order key.
    public static let bundleGrant = PayloadType(text: "application/vnd.wavetrain.bundle-grant.v1")
    /// The head of the audit chain, made by the controller.
    public static let head = PayloadType(text: "application/vnd.wavetrain.head.v1")

    /// Whether the payload is the document deflated (zlib format) rather than the document itself.
    public var isDeflated: Bool { text.hasSuffix("+deflate") }

    public var description: String { text }
}
