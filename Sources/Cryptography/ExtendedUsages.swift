import COpenSSL

/// What a certificate's extended key usage allows in TLS. A certificate without the extension allows nothing.
public struct ExtendedUsages: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// May dial: agents.
    public static let clientAuth = ExtendedUsages(rawValue: 1)
    /// May listen: the controller.
    public static let serverAuth = ExtendedUsages(rawValue: 2)

    /// As openssl.cnf writes them.
    var names: [String] {
        (contains(.clientAuth) ? ["clientAuth"] : []) + (contains(.serverAuth) ? ["serverAuth"] : [])
    }

    /// From libcrypto's XKU bits; all bits are set when the extension is missing.
    init(libraryFlags flags: UInt32) {
        self = []
        guard flags != .max else { return }
        if flags & UInt32(XKU_SSL_CLIENT) != 0 { insert(.clientAuth) }
        if flags & UInt32(XKU_SSL_SERVER) != 0 { insert(.serverAuth) }
    }
}
