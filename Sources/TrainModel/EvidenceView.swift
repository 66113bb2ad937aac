import TimeAndChance

/// Somebody's word about an artifact or a change, as people see it.
public struct AttestationView: Hashable, Sendable, Codable {
    public var id: Digest
    public var attestation: Attestation
    /// The artifacts that it speaks of; empty for one about a change.
    public var artifacts: [Artifact]
    public var by: PersonName
    public var at: Instant
    /// Why it counts no more; nil: it counts.
    public var revoked: String?

    public init(
        id: Digest,
        attestation: Attestation,
        artifacts: [Artifact],
        by: PersonName,
        at: Instant,
        revoked: String?
    ) {
        self.id = id
        self.attestation = attestation
        self.artifacts = artifacts
        self.by = by
        self.at = at
        self.revoked = revoked
    }
}

/// A plan that trains run by, whole.
public struct PlanView: Hashable, Sendable, Codable {
    public var plan: Plan
    public var digest: Digest
    public var registeredBy: PersonName
    public var registered: Instant

    public init(plan: Plan, digest: Digest, registeredBy: PersonName, registered: Instant) {
        self.plan = plan
        self.digest = digest
        self.registeredBy = registeredBy
        self.registered = registered
    }
}
