import HTTPCalls
import Outside

/// Where notices go; plans know it by its name only.
public enum Channel: Sendable {
    case webhook(Webhook)
    case mail(MailBox)

    /// The files with what only the controller may know.
    public var secrets: [SecretText] {
        switch self {
        case .webhook(let webhook):
            guard case .secret(let address) = webhook.address else { return [webhook.key].compactMap(\.self) }
            return [address, webhook.key].compactMap(\.self)
        case .mail(let box): return [box.password].compactMap(\.self)
        }
    }

    /// The file with the authorities that may vouch for a mail server; nil: those of the operating system.
    public var authorityFile: String? {
        if case .mail(let box) = self { box.authorityFile } else { nil }
    }
}

/// An address that takes a JSON document by POST.
public struct Webhook: Sendable {
    public enum Address: Sendable {
        case plain(HTTPAddress)
        /// In a file, since many services take the address itself for the proof of who may write there.
        case secret(SecretText)
    }

    public var address: Address
    /// The document is signed with this key; nil: not at all.
    public var key: SecretText?
    public var format: NoticeFormat

    public init(_ address: Address, key: SecretText? = nil, format: NoticeFormat = .everything) {
        self.address = address
        self.key = key
        self.format = format
    }
}

/// A server that takes mail, and for whom.
public struct MailBox: Sendable {
    public var host: String
    public var port: Int
    public var protection: MailCall.Protection
    public var user: String?
    public var password: SecretText?
    /// The authorities that may vouch for the server; nil: those of the operating system.
    public var authorityFile: String?
    public var from: String
    public var to: [String]

    public init(
        host: String,
        port: Int,
        protection: MailCall.Protection,
        user: String? = nil,
        password: SecretText? = nil,
        authorityFile: String? = nil,
        from: String,
        to: [String]
    ) {
        self.host = host
        self.port = port
        self.protection = protection
        self.user = user
        self.password = password
        self.authorityFile = authorityFile
        self.from = from
        self.to = to
    }
}
