/// The names and addresses by which a machine reaches itself and nobody else, so that what travels there needs no TLS.
public enum Loopback {
    /// - Parameter host: a name or an address, as in a URL, with or without the brackets of IPv6. A name that only looks
    ///   like one, such as `127.example.com`, is not.
    public static func contains(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return ["localhost", "::1", "[::1]"].contains(host)
            || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
    }
}
