import TimeAndChance
import TrainModel

/// Everything that can happen to a train of releases.
public enum Input: Sendable {
    /// This process leads from now on. First input after a start.
    case leaderStarted
    case command(Command, by: Actor)
    case enrolment(EnrolmentRequest)
    /// - Parameter epochHighest: that the host has obeyed; 0: it does not say.
    /// `trouble`: why the host takes no orders; then what it lists says nothing.
    case linkOpened(HostKey, running: [RunningService], epochHighest: UInt64 = 0, trouble: HostTrouble? = nil)
    case linkClosed(HostKey)
    case orderArrived(HostKey, OrderID)
    case progress(HostKey, OrderProgress)
    case samples(HostKey, HealthSamples)
    case refusal(HostKey, OrderRefusal)
    /// How far the host's clock is off has been measured, or has changed.
    case clockRead(HostKey, ClockReading)
    /// The shell has verified the signature with the host's enrolled key and that the session is that host's.
    case receipt(Receipt, envelope: String)
    case probed(ProbeKey, ProbeAnswer)
    /// What a watched registry holds: tags that the plan's pattern accepts, with their digests.
    case tagsSeen(PlanName, [SeenTag])
    /// Why a registry could not be read; `isAbsent`: it says itself that it has no such repository, so nothing is in it.
    case tagsUnseen(PlanName, reason: String, isAbsent: Bool = false)
    /// The changes of a candidate that was asked for, or why they are not known.
    case changesFound(PlanName, Result<FoundChanges, ChangesUnknown>)
    /// A notice was delivered (nil), or failed once for this reason.
    case noticeAnswered(UInt64, failure: String?)
    /// Somebody looks which bundles may go.
    case bundlesLookedAt(BundleRule)
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
    case pushArtifact(Artifact, ArtifactSource)
    case makeJoinToken(tokenDigest: Digest, region: RegionName, lifetime: Interval)
    case revokeHost(HostKey, reason: String)
    case start(StartRelease)
    /// `releaseDigest` is what the person saw; another one voids the act.
    case decide(Decide)
    case vote(Vote)
    case doneTask(ReleaseID, subject: String, ticked: [String], note: String)
    case attest(Attestation)
    case revokeAttestation(Digest, reason: String)
    case waive(ReleaseID, subject: String, reason: String)
    case breakGlass(ReleaseID, subject: String, reason: String)
    /// `plan` nil: every plan. `until` nil: until lifted.
    case freeze(plan: PlanName?, until: Instant?, reason: String)
    case liftFreeze(plan: PlanName?)
    case overrideOncall(RotationName, PersonName, from: Instant, to: Instant, reason: String)
    case repin(ReleaseID, versions: [ServiceName: Version])
    case registerPlan(RegisterPlan)
    case withdrawPlan(PlanName)
    /// Leaves now, or looks for arrivals now.
    case departNow(PlanName)
    /// `tag` nil: the day's next.
    case cutCandidate(PlanName, tag: Version?)
    case payDebt(String, note: String)
    case clearAlarm(Alarm.Kind, subject: String)
    /// Empty lists: all of the release.
    case rollBackPart(ReleaseID, regions: [RegionName], services: [ServiceName], hosts: [HostKey], reason: String)
    /// Every service of the stage to the last set that ended it well before what runs now.
    case rollBackSet(PlanName, StageName, reason: String)
    case unpin(ReleaseID, reason: String)
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
    public let description: String
    /// Empty: all of the plan's services.
    public var only: [ServiceName] = []
    public var lane: LaneName?
    /// For how long an ad hoc release may stand; nil: not ad hoc.
    public var adHocFor: Interval?
    /// Into which of the stages that the plan allows for it; empty: all of them.
    public var adHocStages: [StageName] = []
    /// The tag of a candidate; services that `versions` does not name take the candidate's.
    public var candidate: Version?
    public var tags: [Tag] = []

    public init(
        plan: Plan,
        planDigest: Digest,
        planSourceDigest: Digest,
        versions: [ServiceName: Version],
        description: String
    ) {
        self.plan = plan
        self.planDigest = planDigest
        self.planSourceDigest = planSourceDigest
        self.versions = versions
        self.description = description
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

/// A person's word on an approval or validation.
public struct Decide: Sendable {
    public var release: ReleaseID
    public var decision: GateDecided.Decision
    public var act: ApprovalRule.Act
    /// `stage/wave` or `stage/wave/region`; empty where only one thing waits.
    public var subject: String
    /// What the person saw; another one voids the act.
    public var releaseDigest: Digest
    /// What the person saw of the evidence; nil: whatever it is now.
    public var evidenceDigest: Digest?
    public var ticked: [String]
    public var reason: String

    public init(
        _ release: ReleaseID,
        _ decision: GateDecided.Decision,
        act: ApprovalRule.Act = .approval,
        subject: String,
        releaseDigest: Digest,
        ticked: [String] = [],
        reason: String
    ) {
        self.release = release
        self.decision = decision
        self.act = act
        self.subject = subject
        self.releaseDigest = releaseDigest
        self.ticked = ticked
        self.reason = reason
    }
}

/// GO or NO-GO of one role.
public struct Vote: Sendable {
    public var release: ReleaseID
    /// Empty where the person can only vote for one.
    public var role: String
    public var isGo: Bool
    /// A NO-GO that stops the release at once.
    public var isVeto: Bool
    public var releaseDigest: Digest
    /// What the person saw of the evidence; nil: whatever it is now.
    public var evidenceDigest: Digest?
    public var ticked: [String]
    /// Never empty.
    public var reason: String

    public init(
        _ release: ReleaseID,
        role: String,
        isGo: Bool,
        isVeto: Bool = false,
        releaseDigest: Digest,
        ticked: [String] = [],
        reason: String
    ) {
        self.release = release
        self.role = role
        self.isGo = isGo
        self.isVeto = isVeto
        self.releaseDigest = releaseDigest
        self.ticked = ticked
        self.reason = reason
    }
}

public struct RegisterPlan: Sendable {
    public let plan: Plan
    public let planDigest: Digest
    public let planSourceDigest: Digest

    public init(plan: Plan, planDigest: Digest, planSourceDigest: Digest) {
        self.plan = plan
        self.planDigest = planDigest
        self.planSourceDigest = planSourceDigest
    }
}

/// Which question of which part a probe answers.
public enum ProbeKey: Hashable, Sendable {
    /// `look` tells answers to an earlier look from those to the last.
    case gate(ReleaseID, GateKey, index: Int, look: UInt64)
    case comparison(ReleaseID, RegionName, name: String, isErrors: Bool)
    case diagnosis(ReleaseID, HostKey, name: String)
}

public struct SeenTag: Hashable, Sendable {
    public let tag: Version
    public let digest: Digest
    /// Where a recipe finds it.
    public let reference: String
    /// When it was built, by its own word; nil: not known, or nobody had to ask.
    public let created: Instant?

    public init(tag: Version, digest: Digest, reference: String, created: Instant? = nil) {
        self.created = created
        self.tag = tag
        self.digest = digest
        self.reference = reference
    }
}

/// What a branch holds since the candidate before.
public struct FoundChanges: Hashable, Sendable, Codable {
    /// The branch's newest commit.
    public let commit: String
    /// Newest first; at most 2,000.
    public let changes: [Change]

    public init(commit: String, changes: [Change]) {
        self.commit = commit
        self.changes = changes
    }
}

public struct ChangesUnknown: Error, Hashable, Sendable {
    public let reason: String

    public init(reason: String) {
        self.reason = reason
    }
}
