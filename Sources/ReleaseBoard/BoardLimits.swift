import NIOCore

/// What the API gives one client, and for how long it waits for it.
public struct BoardLimits: Sendable {
    /// More wait until others go.
    public var connections_max = 1_024
    /// More from one address are closed at once. Addresses of IPv6 count as one by their first 64 bits.
    public var connections_perAddress_max = 128
    /// From the connection, or from the last answer, to the end of the next request's head.
    public var headTimeout = TimeAmount.seconds(30)
    /// While a body is waited for, so much of it must come in each period.
    public var bodyPeriod = TimeAmount.seconds(30)
    public var bodyPeriod_bytes_min = 30 << 10
    /// A client that takes nothing of its answer for so long is cut.
    public var answerStall = TimeAmount.seconds(60)
    /// After so many wrong tokens an address is refused for the rest of `wrongTokenPeriod`.
    public var wrongTokens_max = 10
    public var wrongTokenPeriod = Duration.seconds(60)

    public init() {}
}
