import COpenSSL
import TrainModel

/// What a new certificate shall say, decided by its issuer alone.
public struct CertificateTerms: Hashable, Sendable {
    public let peer: PeerName
    public let usages: ExtendedUsages
    public let validity: Validity
    /// Host names under which clients dial; for the controller only.
    public let dnsNames: [String]
    /// IPv4 and IPv6 addresses under which clients dial; for the controller only.
    public let ipAddresses: [String]

    /// - Throws: `CryptographyError` with code `invalidName` for anything but host names (letters, digits, dots,
    ///   hyphens) and addresses. They become part of an extension's text, where a comma would begin another name.
    public init(
        peer: PeerName,
        usages: ExtendedUsages,
        validity: Validity,
        dnsNames: [String] = [],
        ipAddresses: [String] = []
    ) throws {
        for name in dnsNames where !Self.isHostName(name) { throw Self.invalid(name, "host name") }
        for address in ipAddresses where !Self.isAddress(address) { throw Self.invalid(address, "IP address") }
        self.peer = peer
        self.usages = usages
        self.validity = validity
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
    }

    /// The subject's common name, for people who read certificates; no decision looks at it.
    var commonName: String {
        switch peer {
        case .agent(_, _, let host): host.text
        case .controller: "controller"
        }
    }

    /// The subject alternative name as openssl.cnf writes it.
    var alternativeNames: String {
        (["URI:\(peer.uri)"] + dnsNames.map { "DNS:\($0)" } + ipAddresses.map { "IP:\($0)" }).joined(separator: ",")
    }

    private static func isHostName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                (1...63).contains(part.utf8.count) && !part.hasPrefix("-") && !part.hasSuffix("-")
                    && part.utf8.allSatisfy(hostNameBytes.contains)
            }
    }

    private static func isAddress(_ text: String) -> Bool {
        // libcrypto's reader stops at a NUL, so what it shall see is checked first.
        guard (2...45).contains(text.utf8.count), text.utf8.allSatisfy(addressBytes.contains) else { return false }
        ERR_clear_error()
        defer { ERR_clear_error() }
        // NULL for anything but an IPv4 or IPv6 address.
        guard let address = a2i_IPADDRESS(text) else { return false }
        ASN1_OCTET_STRING_free(address)
        return true
    }

    private static let hostNameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-".utf8)
    private static let addressBytes = Set("0123456789abcdefABCDEF.:".utf8)

    private static func invalid(_ text: String, _ kind: String) -> CryptographyError {
        CryptographyError(
            .invalidName,
            in: "certificate terms",
            "\(String(reflecting: String(text.prefix(100)))) is not a \(kind).",
            remedy: "Correct the controller's listening names in its configuration."
        )
    }
}
