import Glibc
import NIOCore

/// Whom a connection's limits count for: an IPv4 address, or the network of 64 bits that one customer has in IPv6.
struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ address: SocketAddress?) {
        self.init(address?.ipAddress)
    }

    /// What is no address counts as one, `unknown`.
    init(_ text: String?) {
        var bytes = [UInt8](repeating: 0, count: 16)
        // 1: it is one; 0: it is none of IPv6.
        guard let text, inet_pton(AF_INET6, text, &bytes) == 1 else {
            description = text ?? "unknown"
            return
        }
        // An IPv4 client of a listener that takes both.
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 0xff }
        let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 }
        description =
            isMapped
            ? bytes[12...].map { "\($0)" }.joined(separator: ".")
            : isLoopback ? "::1" : Self.network(bytes[..<8])
    }

    /// `2001:db8:0:1::/64`
    private static func network(_ bytes: ArraySlice<UInt8>) -> String {
        let groups = stride(from: 0, to: 8, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
