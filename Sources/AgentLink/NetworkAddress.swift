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
        // By bytes, as agents read addresses again and again while they watch.
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = Self.port(bytes[(colon + 1)...]) else {
            return nil
        }
        var host = bytes[..<colon]
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 1 {
            host = host.dropFirst().dropLast()
        } else if host.contains(UInt8(ascii: ":")) {
            return nil
        }
        self.init(host: String(decoding: host, as: UTF8.self), port: port)
    }

    private static func port(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...5).contains(digits.count) else { return nil }
        var port = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            port = port * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return port
    }
}

extension NetworkAddress: CustomStringConvertible {
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
