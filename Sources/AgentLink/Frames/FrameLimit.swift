/// How long a frame's message may be, by who sends it and what is known of the sender.
struct FrameLimit: Hashable, Sendable {
    let bytes_max: Int

    /// Requests of strangers, and everything else that is short by nature.
    static let introduction = FrameLimit(bytes_max: 16 << 10)
    /// An agent's first frame: its certificate has said who it is, and it lists up to 256 services, and shows
    /// orders.
    static let hello = FrameLimit(bytes_max: 192 << 10)
    /// Orders.
    static let fromController = FrameLimit(bytes_max: 256 << 10)
    /// Reports and receipts.
    static let fromAgent = FrameLimit(bytes_max: 1 << 20)
    /// An enrolment's answer: certificates and keys.
    static let enrolAnswer = FrameLimit(bytes_max: 256 << 10)
    /// One chunk of a bundle, and the few bytes that protobuf puts around it.
    static let bundleAnswer = FrameLimit(bytes_max: BundleChunk.bytes_max + 16)
}
