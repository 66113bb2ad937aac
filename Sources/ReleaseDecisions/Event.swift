import TimeAndChance
import TrainModel

/// A fact that the controller has decided or accepted. Events are durable before any effect of theirs leaves; the state
/// is a fold over them and over nothing else.
///
/// Kinds and fields are a stored format: they may be added to, never renamed or given another meaning.
public enum Event: Hashable, Sendable {
    case epochBegan(EpochBegan)
    case artifactPushed(ArtifactPushed)
    case joinTokenMade(JoinTokenMade)
    case hostEnrolled(HostEnrolled)
    case hostRevoked(HostRevoked)
    case releaseStarted(ReleaseStarted)
    case gateDecided(GateDecided)
    case waveStarted(WaveStarted)
    case wavePromoted(WavePromoted)
    case regionStarted(RegionStarted)
    case orderIssued(OrderIssued)
    case orderRenewed(OrderRenewed)
    case orderRefused(OrderRefused)
    case receiptReceived(ReceiptReceived)
    case bakeStarted(BakeStarted)
    case verdictReached(VerdictReached)
    case returnStarted(ReturnStarted)
    case regionReturning(RegionReturning)
    case regionReturned(RegionReturned)
    case releasePaused(ReleasePaused)
    case releaseResumed(ReleaseResumed)
    case releaseStopped(ReleaseStopped)
    case releaseEnded(ReleaseEnded)
    case actRefused(ActRefused)
    case attested(Attested)
    case attestationRevoked(AttestationRevoked)
    case waived(Waived)
    case voteCast(VoteCast)
    case taskDone(TaskDone)
    case checkTurned(CheckTurned)
    case checkConcluded(CheckConcluded)
    case decisionsVoided(DecisionsVoided)
    case releaseRepinned(ReleaseRepinned)
    case glassBroken(GlassBroken)
    case freezeDeclared(FreezeDeclared)
    case freezeLifted(FreezeLifted)
    case oncallOverridden(OncallOverridden)
    case planRegistered(PlanRegistered)
    case planWithdrawn(PlanWithdrawn)
    case trainDeparted(TrainDeparted)
    case candidateSought(CandidateSought)
    case candidateCut(CandidateCut)
    case candidateDropped(CandidateDropped)
    case arrivalsBegan(ArrivalsBegan)
    case tagArrived(TagArrived)
    case alarmRaised(AlarmRaised)
    case alarmCleared(AlarmCleared)
    case debtOpened(DebtOpened)
    case debtPaid(DebtPaid)
    case noticeQueued(NoticeQueued)
    case noticeFailed(NoticeFailed)
    case noticeSettled(NoticeSettled)
    case retryPlanned(RetryPlanned)
    case failureDiagnosed(FailureDiagnosed)
    case hostsPassed(HostsPassed)
    case regionsPinned(RegionsPinned)
    case regionsUnpinned(RegionsUnpinned)
    case partReturning(PartReturning)
    case comparisonConcluded(ComparisonConcluded)
    case logOutrun(LogOutrun)
    case bundlesRemoved(BundlesRemoved)
}

/// A controller process took the lead.
public struct EpochBegan: Hashable, Sendable, Codable {
    public var epoch: UInt64
}

/// A host has obeyed what this log has forgotten: the database was restored from an older copy.
public struct LogOutrun: Hashable, Sendable, Codable {
    public var host: HostKey
    /// The epoch from here on, above all that the host has obeyed.
    public var epoch: UInt64
    /// The newest generation that the host has taken of services of which this log knows only older ones.
    public var generations: [ServiceName: UInt64]
}

/// Nothing needs them; pushed again, they are here again.
public struct BundlesRemoved: Hashable, Sendable, Codable {
    public var digests: [Digest]
}

public struct ArtifactPushed: Hashable, Sendable, Codable {
    public var artifact: Artifact
    public var source: ArtifactSource
    public var by: PersonName
}

/// The token itself is never stored, only its hash.
public struct JoinTokenMade: Hashable, Sendable, Codable {
    public var tokenDigest: Digest
    public var region: RegionName
    public var expires: Instant
    public var by: PersonName
}

public struct HostEnrolled: Hashable, Sendable, Codable {
    public var host: HostKey
    /// PEM; receipts of this host are verified with it, online and offline.
    public var publicKey: String
    public var tokenDigest: Digest
}

public struct HostRevoked: Hashable, Sendable, Codable {
    public var host: HostKey
    public var by: PersonName
    public var reason: String
}

public struct ReleaseStarted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var plan: Plan
    public var planDigest: Digest
    /// Of the plan's text as it was handed in, kept beside the events.
    public var planSourceDigest: Digest
    /// One for each service that was chosen.
    public var artifacts: [ServiceName: Artifact]
    /// Those of the plan's services that the release deploys, in the plan's order.
    public var services: [ServiceName]
    public var lane: LaneName?
    /// After it the stage returns to what the plan last put there; nil: not ad hoc.
    public var adHocUntil: Instant?
    public var candidate: Candidate?
    /// Over the plan's.
    public var tags: [Tag]
    /// Over the plan's digest and every service's artifact; human decisions are bound to it.
    public var releaseDigest: Digest
    public var author: PersonName
    public var description: String
}

public struct GateDecided: Hashable, Sendable, Codable {
    public enum Decision: String, Hashable, Sendable, Codable {
        case approved, rejected
    }
    public var release: ReleaseID
    public var gate: GateKey
    public var decision: Decision
    public var by: PersonName
    /// What the person saw and decided on.
    public var releaseDigest: Digest
    /// Over the attestations and waivers that the wave's gates look at.
    public var evidenceDigest: Digest
    public var ticked: [String]
    /// From the first moment it could be decided.
    public var took: Interval
    public var reason: String
}

public struct WaveStarted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var stage: StageName
    public var wave: WaveName
}

public struct WavePromoted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var stage: StageName
    public var wave: WaveName
}

/// From here the region's desired state is the release's; hosts that enrol later are not part of it.
public struct RegionStarted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    public var hosts: [HostName]
    public var generations: [ServiceName: UInt64]
    /// What the region's desired state was before, for the way back; services never deployed are absent.
    public var previous: [ServiceName: Artifact]
}

public struct OrderIssued: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var order: OrderID
    public var region: RegionName
    public var service: ServiceName
    public var action: Order.Action
    public var artifact: Artifact
    public var generation: UInt64
    public var batch: Int
    public var attempt: UInt32
    public var hosts: [HostName]
    public var sequence: UInt64
    public var notBefore: Instant
    public var expires: Instant
}

/// The same order again with a later expiry, because a host has not answered the earlier one.
public struct OrderRenewed: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var order: OrderID
    public var sequence: UInt64
    public var notBefore: Instant
    public var expires: Instant
}

public struct OrderRefused: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var host: HostKey
    public var refusal: OrderRefusal
}

public struct ReceiptReceived: Hashable, Sendable, Codable {
    public var receipt: Receipt
    /// The signed envelope as it arrived, base64, for offline verification.
    public var envelope: String
    /// True: a failure that is taken for one that passes; when it is tried again follows.
    public var isToBeRepeated: Bool?
}

public struct BakeStarted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    public var until: Instant
}

public struct VerdictReached: Hashable, Sendable, Codable {
    public enum Verdict: String, Hashable, Sendable, Codable {
        case healthy, unhealthy
    }
    public var release: ReleaseID
    public var region: RegionName
    public var verdict: Verdict
    public var reason: String
    public var healthySamples: Int
    public var unhealthySamples: Int
    /// When the first bad news of this region arrived.
    public var firstUnhealthy: Instant?
    /// Where the failure was seen; nil: nowhere in particular.
    public var failedAt: FailurePlace?
}

public struct ReturnStarted: Hashable, Sendable, Codable {
    public var release: ReleaseID
    /// Those that the release has touched, in the order they were touched.
    public var regions: [RegionName]
    public var cause: String
    /// Nil: the plan's own rule.
    public var by: PersonName?
    /// True: the rest of the release stays, and so does its outcome where it has ended.
    public var isPart: Bool?
}

public struct RegionReturning: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    public var generations: [ServiceName: UInt64]
    /// Hosts that had returned by themselves and get no order.
    public var alreadyBack: [HostName]
}

public struct RegionReturned: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    /// Hosts that could not return; a person must look.
    public var stuck: [HostName]
}

public struct ReleasePaused: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var by: PersonName
    public var reason: String
}

public struct ReleaseResumed: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var by: PersonName
}

/// Nothing more starts by itself; a person must roll back or abort.
public struct ReleaseStopped: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var reason: String
}

public struct ReleaseEnded: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var outcome: ReleaseOutcome
    public var by: PersonName?
    public var reason: String
}

public struct ActRefused: Hashable, Sendable, Codable {
    public var by: PersonName
    public var act: String
    public var subject: String
    public var code: String
}
