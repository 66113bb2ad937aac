/// One request and everything that decides how it is made.
public struct HTTPCall: Sendable {
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Read piece by piece while it is sent, from the offset on; its length is announced.
        case file(path: String, offset_bytes: Int = 0)
    }

    /// Whose certificates a server may have.
    public enum Trust: Sendable {
        /// The authorities of the operating system.
        case system
        /// The authorities in this PEM file and no others.
        case authorityFile(path: String)
        /// The authorities in these PEM bytes and no others.
        case authorityBytes([UInt8])
        /// Anybody's, for a look at the certificates themselves: nothing that such a server says may be believed.
        case anybody
    }

    public enum Proxy: Sendable {
        /// `http_proxy`, `https_proxy` and `no_proxy`, as other programs read them.
        case environment
        /// Straight to the address, as a probe of a service on the own host needs it.
        case none
    }

    /// In capitals: `GET`, `POST`, …
    public var method: String

    /// http or https.
    public var url: String

    public var headers: [HTTPHeader]
    public var body: Body
    public var limits: HTTPLimits
    public var trust: Trust
    public var proxy: Proxy

    /// How many redirects are followed, with the same method; 0: a redirect is an answer like any other.
    public var redirects_max: Int

    /// Whether a connection of an earlier call may be used, and this one's be kept. A probe that asks whether somebody
    /// listens says no.
    public var reusesConnections: Bool

    /// Connects, TLS included, and asks for nothing: the answer has status 0 and the certificates that were shown.
    public var onlyConnects = false

    /// `host:port` that is dialled in the place of the URL's; nil: the URL's own.
    public var dials: String?

    public init(
        _ method: String = "GET",
        url: String,
        headers: [HTTPHeader] = [],
        body: Body = .none,
        limits: HTTPLimits = HTTPLimits(),
        trust: Trust = .system,
        proxy: Proxy = .environment,
        redirects_max: Int = 0,
        reusesConnections: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
        self.trust = trust
        self.proxy = proxy
        self.redirects_max = redirects_max
        self.reusesConnections = reusesConnections
    }
}

/// One line of a request's or an answer's head.
public struct HTTPHeader: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
