import TimeAndChance
import TrainModel

/// Somebody attested something about an artifact or a change.
public struct Attested: Hashable, Sendable, Codable {
    /// SHA-256 over the attestation, its author and its time; names it for ever.
    public var id: Digest
    public var attestation: Attestation
    public var by: PersonName
    /// The groups the person was in at that moment.
    public var groups: [GroupName]
}

public struct AttestationRevoked: Hashable, Sendable, Codable {
    public var id: Digest
    public var by: PersonName
    public var reason: String
}

/// A release may go without one piece of evidence, for a reason that is shown ever after.
public struct Waived: Hashable, Sendable, Codable {
    public var release: ReleaseID
    /// A predicate's name, or `<predicate> of <change id>`.
    public var subject: String
    public var by: PersonName
    public var reason: String
}

public struct VoteCast: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gate: GateKey
    public var role: String
    public var isGo: Bool
    public var isVeto: Bool
    public var by: PersonName
    public var releaseDigest: Digest
    public var evidenceDigest: Digest
    public var reason: String
    public var ticked: [String]
    /// From the first moment it could be cast.
    public var took: Interval
}

public struct TaskDone: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gate: GateKey
    public var by: PersonName
    public var note: String
    public var ticked: [String]
    public var took: Interval
}

/// A check's turn has come, and its time limit runs; or something else holds again and it is put off.
public struct CheckTurned: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gate: GateKey
    public var isAsked: Bool
}

/// A check passed at the moment of dispatch, or was given up.
public struct CheckConcluded: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gate: GateKey
    public var passed: Bool
    /// What each probe answered, in the rule's order.
    public var answers: [ProbeAnswer]
}

/// Decisions that were made on something else than what is there now count no more.
public struct DecisionsVoided: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gates: [GateKey]
    public var reason: String
}

/// The release takes other artifacts or another plan than it was created with; nothing had started.
public struct ReleaseRepinned: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var artifacts: [ServiceName: Artifact]
    public var releaseDigest: Digest
    public var by: PersonName
}

/// A person opened a gate in need.
public struct GlassBroken: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var gate: GateKey
    public var by: PersonName
    public var reason: String
}

/// Nothing new starts, in all plans or in one, until somebody lifts it.
public struct FreezeDeclared: Hashable, Sendable, Codable {
    /// Nil: every plan.
    public var plan: PlanName?
    public var by: PersonName
    public var reason: String
    /// Nil: until lifted.
    public var until: Instant?
}

public struct FreezeLifted: Hashable, Sendable, Codable {
    public var plan: PlanName?
    public var by: PersonName
}

/// Somebody else is on call for a while: a hand-over or an override.
public struct OncallOverridden: Hashable, Sendable, Codable {
    public var rotation: RotationName
    public var person: PersonName
    public var from: Instant
    public var to: Instant
    public var by: PersonName
    public var reason: String
}
