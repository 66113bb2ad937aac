import TimeAndChance
import TrainModel

/// What follows from one input. The shell makes `events` durable, then performs `effects`, then gives `answer`, and only
/// then what follows from the next input.
public struct Decision: Sendable {
    public var events: [Event] = []
    public var effects: [Effect] = []
    /// For commands and enrolments; nil for everything else.
    public var answer: Result<Accepted, Refusal>?
}

public enum Effect: Hashable, Sendable {
    /// Seal the order once and send the same bytes to those of `hosts` that are connected.
    case deliver(OrderID, of: ReleaseID, to: [HostKey])
    /// Tell the host that its receipt is durable.
    case acknowledgeReceipt(OrderID, of: HostKey)
    /// End the host's sessions at once.
    case cutLink(HostKey, reason: String)
    /// Ask the outside and answer with `Input.probed`: the whole answer, or the part of it at the path `field`.
    case probe(ProbeKey, Probe.Kind, field: String = "", timeout: Interval)
    /// Read the registry and answer with `Input.tagsSeen` or `.tagsUnseen`.
    case lookForTags(PlanName, ArrivalRule)
    /// Read the branch and answer with `Input.changesFound`; `since` is a commit, empty for the first candidate.
    case findChanges(PlanName, CandidateRule, since: String)
    /// Deliver and answer with `Input.noticeAnswered`.
    case notify(Notice)
    /// Look again at this instant; an earlier wish stands beside it.
    case wake(at: Instant)
}

/// What a command came to.
public enum Accepted: Hashable, Sendable {
    case done
    /// The same thing had been done before; nothing changed.
    case alreadyDone
    case started(ReleaseID)
    case enrolled(HostKey)
}

/// Why a command was not done. Nothing changed.
public struct Refusal: Error, Hashable, Sendable {
    /// For programs; stable.
    public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        case notFound = "not_found"
        case conflict
        case notAllowed = "not_allowed"
        case decidedOnOtherDigest = "decided_on_other_digest"
        case nothingWaits = "nothing_waits"
        /// It waits for a time, and people are asked then.
        case notOpen = "not_open"
        case invalid
        case tokenUnknown = "token_unknown"
        case tokenUsed = "token_used"
        case tokenExpired = "token_expired"
        case revoked
    }
    public let code: Code
    /// What is wrong and what to do about it.
    public let sentence: String

    public init(_ code: Code, _ sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}
