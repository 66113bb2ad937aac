import Glibc

/// One message to one SMTP server.
public struct MailCall: Sendable {
    /// How the connection is protected before anything is said.
    public enum Protection: Sendable {
        /// TLS from the first byte; usually port 465.
        case tls
        /// TLS after STARTTLS, or nothing is sent; usually port 587.
        case startTLS
        /// None: for a relay on this machine.
        case none
    }

    public struct Account: Sendable {
        public let user: String
        public let password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public var host: String
    public var port: Int
    public var protection: Protection
    public var account: Account?

    /// A PEM file with the authorities that may vouch for the server, and no others; nil: those of the operating system.
    public var authorityFile: String?

    /// Addresses without names or brackets: `ana@example.com`.
    public var from: String
    public var to: [String]

    /// Headers, an empty line and the body; lines end with CR LF. Dots at the beginning of lines need no care.
    public var message: [UInt8]

    /// From the start until the server has taken the message; more than zero.
    public var timeout_ms: Int

    public init(
        host: String,
        port: Int,
        protection: Protection,
        account: Account? = nil,
        authorityFile: String? = nil,
        from: String,
        to: [String],
        message: [UInt8],
        timeout_ms: Int = 30_000
    ) {
        self.host = host
        self.port = port
        self.protection = protection
        self.account = account
        self.authorityFile = authorityFile
        self.from = from
        self.to = to
        self.message = message
        self.timeout_ms = timeout_ms
    }

    /// Returns when the server has taken the message for every recipient. Runs on a thread of its own, which ends with
    /// it; cancelling the task ends the transfer with `cancelled`.
    public func send() async throws(MailCallError) {
        try check()
        let cancellation = Cancellation()
        let result: Result<Void, MailCallError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                CallThread.start { continuation.resume(returning: MailTransfer.result(of: self, cancellation)) }
            }
        } onCancel: {
            cancellation.ask()
        }
        try result.get()
    }
}

extension MailCall {
    public static let addressBytes_max = 254

    /// Whether a text can stand as an address in a command to the server: one `@`, letters, digits and `.!#$%&'*+/=?^_-{}|~`
    /// before it, a host's name behind it. Nothing that ends an address or a line.
    public static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= addressBytes_max, parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            return false
        }
        let isAlphanumeric = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        return parts[0].utf8.allSatisfy { isAlphanumeric($0) || ".!#$%&'*+/=?^_-{}|~`".utf8.contains($0) }
            && parts[1].utf8.allSatisfy { isAlphanumeric($0) || ".-".utf8.contains($0) }
    }

    private func check() throws(MailCallError) {
        let isHost =
            !host.isEmpty
            && host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/@?#%".utf8.contains($0) }
        guard isHost, (1...65_535).contains(port), timeout_ms > 0 else {
            throw MailCallError(.badCall, self, "the server's host, port or time limit cannot be")
        }
        guard let bad = ([from] + to).first(where: { !Self.isAddress($0) }) else {
            guard to.isEmpty else { return }
            throw MailCallError(.badCall, self, "nobody is to get it")
        }
        throw MailCallError(.badCall, self, "an address cannot be: \(bad.prefix(80).debugDescription)")
    }
}
