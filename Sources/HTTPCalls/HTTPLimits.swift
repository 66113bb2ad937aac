/// How long a call may take and how much it may bring. All times are more than zero.
public struct HTTPLimits: Sendable {
    /// From the start to the last byte; nil: as long as it goes on, for streams.
    public var timeout_ms: Int?

    /// Until the connection stands, TLS included.
    public var connectTimeout_ms: Int

    /// How long nothing at all may arrive or leave, in whole seconds; nil: for ever.
    public var stallTimeout_s: Int?

    /// The most bytes of an answer's body. For a stream: of one line.
    public var responseBytes_max: Int

    public init(
        timeout_ms: Int? = 30_000,
        connectTimeout_ms: Int = 10_000,
        stallTimeout_s: Int? = nil,
        responseBytes_max: Int = 8 << 20
    ) {
        self.timeout_ms = timeout_ms
        self.connectTimeout_ms = connectTimeout_ms
        self.stallTimeout_s = stallTimeout_s
        self.responseBytes_max = responseBytes_max
    }
}
