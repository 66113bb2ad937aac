/// Where somebody listens: `host:port`, `[IPv6 address]:port`.
public struct NetworkAddress: Hashable, Sendable {
    public let host: String
    /// 1 to 65,535.
    public let port: Int

    public init?(host: String, port: Int) {
        guard !host.isEmpty, (1...65_535).contains(port) else { return nil }
        self.host = host
        self.port = port
    }

    /// Nil unless there is a host and a port; nothing is looked up.
    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }
}

extension NetworkAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
