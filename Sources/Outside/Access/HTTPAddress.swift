import HTTPCalls

/// An http or https address, taken apart as far as trust needs it.
public struct HTTPAddress: Hashable, Sendable {
    public let isEncrypted: Bool
    /// In small letters; an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// Path and query as they were written; empty, or beginning with `/` or `?`.
    public let rest: String

    /// Refuses other schemes, a user or password inside, and whatever a URL cannot hold.
    public init(_ text: String) throws(OutsideFailure) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw Self.flaw("an address holds blanks, control characters or letters that must be escaped")
        }
        let lowered = text.lowercased()
        let isEncrypted = lowered.hasPrefix("https://")
        guard isEncrypted || lowered.hasPrefix("http://") else {
            throw Self.flaw("only http and https addresses are asked")
        }
        let behind = text.dropFirst(isEncrypted ? 8 : 7)
        let authority = behind.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !behind.contains("#") else {
            throw Self.flaw("an address holds a user, a password or a fragment")
        }
        guard let (host, port) = Self.hostAndPort(authority, defaultPort: isEncrypted ? 443 : 80) else {
            throw Self.flaw("an address has no sound host and port")
        }
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
        rest = String(behind[authority.endIndex...])
    }

    /// `registry.example.com`, with the port where it is not the scheme's own.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Scheme and authority: what two addresses of one server have in common.
    public var origin: String { "\(isEncrypted ? "https" : "http")://\(authority)" }

    public var text: String { origin + rest }

    /// Reached without leaving this machine.
    public var isLoopback: Bool { Loopback.contains(host) }

    /// Whether a secret may go there.
    public var mayCarrySecrets: Bool { isEncrypted || isLoopback }

    /// Nil where either is not sound. Names are in small letters.
    static func hostAndPort(_ authority: Substring, defaultPort: Int) -> (host: String, port: Int)? {
        let isNumeric = authority.first == "["
        let end = isNumeric ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let end else { return nil }
        let host = isNumeric ? authority[..<end].dropFirst() : authority[..<end]
        let behind = isNumeric ? authority[authority.index(after: end)...] : authority[end...]
        let allowed = isNumeric ? "0123456789abcdefABCDEF:." : nil
        let isSound = host.utf8.allSatisfy { byte in
            allowed.map { $0.utf8.contains(byte) }
                ?? ((0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_"))
        }
        guard !host.isEmpty, host.utf8.count <= 253, isSound else { return nil }
        guard !behind.isEmpty else { return (host.lowercased(), defaultPort) }
        let digits = behind.dropFirst()
        guard behind.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    private static func flaw(_ sentence: String) -> OutsideFailure {
        OutsideFailure(
            .notAllowed,
            sentence,
            remedy: "write it as https://host:port/path; users and passwords stand in the controller's configuration"
        )
    }
}
