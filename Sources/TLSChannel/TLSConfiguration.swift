public import NIOCore

/// What a server asks of its clients.
public enum TLSClientCertificate: Sendable, Hashable {
    /// No certificate, or one that does not verify, ends the handshake.
    case required
    /// The client is not asked; whoever it is has to be proved by other means.
    case none
}

/// An application protocol (ALPN) that a server speaks.
public struct TLSServerProtocol: Sendable, Hashable {
    /// 1 to 255 bytes, as registered or agreed: `http/1.1`, `wavetrain/1`.
    public var name: String
    public var clientCertificate: TLSClientCertificate

    public init(_ name: String, clientCertificate: TLSClientCertificate) {
        self.name = name
        self.clientCertificate = clientCertificate
    }
}

/// What the product's own check says of a peer whose chain, dates, usage and name have already been verified.
public enum TLSPeerVerdict: Sendable, Hashable {
    case accepted
    /// The peer is told `certificate_revoked`.
    case revoked
    /// The peer is told `bad_certificate`; the sentence stays on this side.
    case refused(String)
}

/// What a peer's certificate must be good for.
public enum TLSPeerUsage: Sendable, Hashable {
    case server
    case client
}

/// How to speak TLS 1.3, as a server or as a client. A value; ``TLSContext`` makes it work.
public struct TLSConfiguration: Sendable {
    enum Side: Sendable {
        case server(protocols: [TLSServerProtocol], withoutALPN: TLSClientCertificate?)
        case client(protocols: [String])
    }

    let side: Side

    /// A server always has one; a client without one can only reach protocols that ask for no client certificate.
    public var identity: TLSIdentity?

    /// The only roots that count, each text one or more PEM certificates. The system's own store is never asked.
    public var trustRootsPEM: [String]

    /// What the peers' certificates must be good for: a server's for a client, a client's for a server, unless both ends
    /// are of one kind.
    public var peerUsage: TLSPeerUsage

    /// From the transport's connection to the last handshake message; then the connection is cut.
    public var handshakeTimeout: TimeAmount = .seconds(5)

    /// From the wish to close to the peer's close_notify, flushed writes included; then the connection is cut.
    public var closeTimeout: TimeAmount = .seconds(5)

    /// Plaintext that may wait for the handshake. One byte more fails the connection.
    public var earlyWriteBytes_max: Int = 1 << 20

    /// Called inside the handshake with the peer's certificate (DER) after everything else has been verified.
    /// Runs on the connection's event loop, so it must not block.
    public var checkPeer: (@Sendable (_ certificateDER: [UInt8]) -> TLSPeerVerdict)?

    /// A server.
    /// - Parameters:
    ///   - trustRootsPEM: whose client certificates count; may be empty only when no protocol requires one.
    ///   - protocols: in the server's order of preference. A client that offers none of them is told
    ///     `no_application_protocol`.
    ///   - withoutALPN: what is asked of clients that offer no ALPN at all; nil refuses them.
    public static func server(
        identity: TLSIdentity,
        trustRootsPEM: [String],
        protocols: [TLSServerProtocol],
        withoutALPN: TLSClientCertificate? = nil
    ) -> TLSConfiguration {
        TLSConfiguration(
            side: .server(protocols: protocols, withoutALPN: withoutALPN),
            identity: identity,
            trustRootsPEM: trustRootsPEM
        )
    }

    /// A client.
    /// - Parameter protocols: offered in this order; when there are any, the server has to take one of them.
    public static func client(
        identity: TLSIdentity?,
        trustRootsPEM: [String],
        protocols: [String]
    ) -> TLSConfiguration {
        TLSConfiguration(side: .client(protocols: protocols), identity: identity, trustRootsPEM: trustRootsPEM)
    }

    private init(side: Side, identity: TLSIdentity?, trustRootsPEM: [String]) {
        self.side = side
        peerUsage = if case .server = side { .client } else { .server }
        self.identity = identity
        self.trustRootsPEM = trustRootsPEM
    }

    /// The names in their wire form's limits, and roots wherever a certificate will have to be verified.
    func check() throws(TLSError) {
        guard protocolNames.allSatisfy({ (1...255).contains($0.utf8.count) }) else {
            throw .configuration("an application protocol's name must have 1 to 255 bytes")
        }
        guard Set(protocolNames).count == protocolNames.count else {
            throw .configuration("an application protocol is listed twice")
        }
        if protocolNames.isEmpty, case .server(_, withoutALPN: nil) = side {
            throw .configuration(
                "a server without application protocols that refuses clients without them serves nobody"
            )
        }
        guard !verifiesPeers || !trustRootsPEM.isEmpty else {
            throw .configuration("peers have to be verified, but there are no trust roots")
        }
    }

    private var protocolNames: [String] {
        switch side {
        case .server(let protocols, _): protocols.map(\.name)
        case .client(let protocols): protocols
        }
    }

    private var verifiesPeers: Bool {
        switch side {
        case .server(let protocols, let withoutALPN):
            withoutALPN == .required || protocols.contains { $0.clientCertificate == .required }
        case .client: true
        }
    }
}
