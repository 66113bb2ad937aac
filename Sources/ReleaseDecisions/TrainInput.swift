import TimeAndChance
import TrainModel

/// Everything that can happen to a train of releases.
public enum Input: Sendable {
    /// This process leads from now on. First input after a start.
    case leaderStarted
    case command(Command, by: Actor)
    case enrolment(EnrolmentRequest)
    case linkOpened(HostKey, running: [RunningService])
    case linkClosed(HostKey)
    case orderArrived(HostKey, OrderID)
    case progress(HostKey, OrderProgress)
    case samples(HostKey, HealthSamples)
    case refusal(HostKey, OrderRefusal)
    /// The shell has verified the signature with the host's enrolled key and that the session is that host's.
    case receipt(Receipt, envelope: String)
    /// The instant that an earlier decision named has come.
    case tick
}

/// Who acts; from the operator's token, never from the request's body.
public struct Actor: Hashable, Sendable {
    public let name: PersonName
    public let groups: [GroupName]

    public init(name: PersonName, groups: [GroupName]) {
        self.name = name
        self.groups = groups
    }
}

/// What a person asks for.
public enum Command: Sendable {
    case pushArtifact(Artifact)
    case makeJoinToken(tokenDigest: Digest, region: RegionName, lifetime: Interval)
    case revokeHost(HostKey, reason: String)
    case start(StartRelease)
    /// `releaseDigest` is what the person saw; another one voids the act.
    case decide(ReleaseID, GateDecided.Decision, subject: String, releaseDigest: Digest, reason: String)
    case pause(ReleaseID, reason: String)
    case resume(ReleaseID)
    case abort(ReleaseID, reason: String)
    case rollBack(ReleaseID, reason: String)
}

public struct StartRelease: Sendable {
    public let plan: Plan
    public let planDigest: Digest
    public let planSourceDigest: Digest
    /// By service; each must have been pushed.
    public let versions: [ServiceName: Version]
    /// Computes the digest that human decisions are bound to (SHA-256 over plan and artifacts), because this part
    /// holds no cryptography.
    public let releaseDigest: @Sendable (Digest, [ServiceName: Artifact]) -> Digest
    public let description: String

    public init(
        plan: Plan,
        planDigest: Digest,
        planSourceDigest: Digest,
        versions: [ServiceName: Version],
        description: String,
        releaseDigest: @escaping @Sendable (Digest, [ServiceName: Artifact]) -> Digest
    ) {
        self.plan = plan
        self.planDigest = planDigest
        self.planSourceDigest = planSourceDigest
        self.versions = versions
        self.description = description
        self.releaseDigest = releaseDigest
    }
}

/// A host asks to join; its proof of possession of the key has been checked.
public struct EnrolmentRequest: Sendable {
    public let tokenDigest: Digest
    public let host: HostName
    /// PEM.
    public let publicKey: String

    public init(tokenDigest: Digest, host: HostName, publicKey: String) {
        self.tokenDigest = tokenDigest
        self.host = host
        self.publicKey = publicKey
    }
}
