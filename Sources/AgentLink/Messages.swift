public import SignedEnvelopes
public import TimeAndChance
public import TrainModel

/// A head of the controller's event chain, as one end shows it to the other: agents keep the newest they saw.
public struct ShownHead: Hashable, Sendable {
    public let sequence: UInt64
    public let hash: Digest

    public init(sequence: UInt64, hash: Digest) {
        self.sequence = sequence
        self.hash = hash
    }
}

/// What an agent says first. Who it is stands in its certificate and nowhere else.
public struct Hello: Hashable, Sendable {
    /// Words for people, at most 64 bytes.
    public let agentVersion: String
    /// At most 256.
    public let running: [RunningService]
    /// The highest chain head this agent has been shown; nil: none yet.
    public let newestHead: ShownHead?
    /// The highest epoch that this agent has obeyed; 0: it has obeyed none, or is too old to say.
    public let epochHighest: UInt64
    /// The agent's clock, for a look at how wrong it is.
    public let at: Instant
    /// Where hosts of the same region may fetch bundles; nil: nowhere.
    public let bundleAddress: NetworkAddress?
    /// Orders that this agent has taken, as they were signed: the proof of `epochHighest` and of newest generations.
    public let newestOrders: [Envelope]
    /// What hosts of the same region may fetch there, the newest last.
    public let heldBundles: [Digest]
    /// Why it takes no orders; nil: it takes them.
    public let trouble: HostTrouble?

    public init(
        agentVersion: String,
        running: [RunningService],
        newestHead: ShownHead?,
        epochHighest: UInt64 = 0,
        at: Instant,
        bundleAddress: NetworkAddress? = nil,
        newestOrders: [Envelope] = [],
        heldBundles: [Digest] = [],
        trouble: HostTrouble? = nil
    ) {
        self.agentVersion = agentVersion
        self.running = running
        self.newestHead = newestHead
        self.epochHighest = epochHighest
        self.at = at
        self.bundleAddress = bundleAddress
        self.newestOrders = newestOrders
        self.heldBundles = heldBundles
        self.trouble = trouble
    }
}

/// The controller's answer to a hello.
public struct Welcome: Hashable, Sendable {
    /// Words for people, at most 64 bytes.
    public let controllerVersion: String
    public let epoch: UInt64
    public let head: ShownHead?
    /// Both ends send heartbeats so often.
    public let heartbeatEvery: Interval
    public let at: Instant

    public init(
        controllerVersion: String,
        epoch: UInt64,
        head: ShownHead?,
        heartbeatEvery: Interval,
        at: Instant
    ) {
        self.controllerVersion = controllerVersion
        self.epoch = epoch
        self.head = head
        self.heartbeatEvery = heartbeatEvery
        self.at = at
    }
}

/// What an agent reports of orders and services.
public enum AgentReport: Hashable, Sendable {
    /// The order is verified and in the agent's journal.
    case arrived(OrderID, sequence: UInt64)
    case refused(OrderRefusal)
    case progress(OrderProgress)
    case health(HealthSamples)
    /// The signed final answer, sent again until `AgentListener.acknowledge`.
    case receipt(OrderID, Envelope)
    /// How far the agent's clock is off, where that has changed; it travels in a heartbeat.
    case clock(ClockReading)
}

/// Why the controller says no or goodbye: a code for programs and a sentence for people.
public struct Farewell: Hashable, Sendable {
    /// Visible ASCII, at most 64 bytes.
    public let code: String
    /// At most 2 KiB; holds no secret.
    public let sentence: String

    public init(code: String, sentence: String) {
        self.code = code
        self.sentence = sentence
    }

    public static let revoked = Farewell(code: "revoked", sentence: "This host's certificate has been revoked.")
    public static let replaced = Farewell(code: "replaced", sentence: "A newer session of this host took over.")
    public static let busy = Farewell(code: "busy", sentence: "This host has too many connections already.")
    public static let stopping = Farewell(code: "stopping", sentence: "The controller stops.")

    init(_ error: LinkError) {
        self.init(code: "\(error.code)", sentence: error.sentence)
    }
}

/// The answer to a request for a new certificate with the host's old name.
public enum RenewalAnswer: Hashable, Sendable {
    /// PEM, leaf first.
    case granted(certificateChainPEM: String)
    case refused(String)
}

/// What an agent without a certificate sends.
public struct EnrolRequest: Hashable, Sendable {
    /// The join token's secret: 32 bytes, of which the controller knows the SHA-256.
    public let secret: [UInt8]
    public let host: HostName
    /// PKCS#10, DER, unverified. Use nothing of it but the public key.
    public let certificateRequest: [UInt8]
}

/// All that an agent needs from then on.
public struct Enrolled: Hashable, Sendable {
    public let cluster: ClusterName
    public let region: RegionName
    /// PEM, leaf first.
    public let certificateChainPEM: String
    /// PEM of the authority that signs controllers and agents.
    public let authorityPEM: String
    /// PEM of the public keys whose orders the agent obeys; 1 to 16.
    public let orderKeysPEM: [String]

    public init(
        cluster: ClusterName,
        region: RegionName,
        certificateChainPEM: String,
        authorityPEM: String,
        orderKeysPEM: [String]
    ) {
        self.cluster = cluster
        self.region = region
        self.certificateChainPEM = certificateChainPEM
        self.authorityPEM = authorityPEM
        self.orderKeysPEM = orderKeysPEM
    }
}

public enum EnrolAnswer: Hashable, Sendable {
    case enrolled(Enrolled)
    case refused(Farewell)
}

/// Every frame that an agent may send on `wavetrain/1`.
enum AgentMessage: Hashable, Sendable {
    case hello(Hello)
    case report(AgentReport)
    /// With how far its clock is off, where that has changed.
    case heartbeat(number: UInt64, ClockReading?)
    /// PKCS#10, DER.
    case renewal([UInt8])
    /// Of a kind, or with an enumeration's value, that this version does not know.
    case unknown
}

/// When the controller heard a heartbeat, and when it said so, by its own clock.
struct HeartbeatAnswer: Hashable, Sendable {
    let number: UInt64
    let heard: Instant
    let said: Instant
}

/// Every frame that a controller may send on `wavetrain/1`.
enum ControllerMessage: Hashable, Sendable {
    case welcome(Welcome)
    case order(Envelope)
    case receiptStored(OrderID)
    case heartbeat(ShownHead?, answer: HeartbeatAnswer? = nil)
    case renewal(RenewalAnswer)
    case farewell(Farewell)
    case unknown
}
