import Glibc

/// The name that the server's certificate has to carry as a subject alternative name; the common name never counts.
public enum TLSServerName: Sendable, Hashable {
    /// Sent as SNI too. A wildcard in the certificate stands for exactly one whole label.
    case dns(String)
    /// An IPv4 or IPv6 address as text; not sent as SNI, which knows no addresses.
    case ip(String)
    /// Compared byte for byte; not sent as SNI.
    case uri(String)

    /// Tells the three apart: `scheme://…` is a URI, an address literal an IP, anything else a DNS name.
    public init(_ text: String) {
        if text.contains("://") {
            self = .uri(text)
        } else if Self.isAddress(text) {
            self = .ip(text)
        } else {
            self = .dns(text)
        }
    }

    /// Checked before libssl sees the name: to libssl an empty name means "any", one with a leading dot "any
    /// subdomain", and a NUL ends the name early.
    var isWellFormed: Bool {
        switch self {
        case .dns(let name): Self.isHostName(name) && !Self.isAddress(name)
        case .ip(let address): Self.isAddress(address)
        case .uri(let uri): uri.contains("://") && uri.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        }
    }

    private static func isHostName(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        guard !text.utf8.contains(0) else { return false }
        var address = in6_addr()
        // 1 = an address of this family, 0 = not one, -1 = unknown family: only 1 will do.
        return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1
    }
}
