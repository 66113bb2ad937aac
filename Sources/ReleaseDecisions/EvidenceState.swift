import OrderedCollections
import TimeAndChance
import TrainModel

/// What has been said about artifacts and changes, and what releases may go without.
public struct EvidenceState: Sendable, Codable {
    /// Attestations of artifacts and changes whose releases are long over are left to the event log.
    static let attestations_max = 50_000

    /// By id, oldest first; a revoked one stays, marked.
    public internal(set) var attestations: OrderedDictionary<Digest, AttestationState> = [:]
    /// Ids by subject, oldest first.
    var bySubject: [Attestation.Subject: [Digest]] = [:]
    public internal(set) var waivers: [ReleaseID: [Waiver]] = [:]

    public init() {}
}

public struct AttestationState: Hashable, Sendable, Codable {
    public let attestation: Attestation
    public let by: PersonName
    public let groups: [GroupName]
    public let at: Instant
    /// Why it counts no more; nil: it counts.
    public var revoked: String?
}

public struct Waiver: Hashable, Sendable, Codable {
    public let subject: String
    public let by: PersonName
    public let reason: String
    public let at: Instant
}

extension EvidenceState {
    mutating func apply(_ event: Attested, at now: Instant) {
        attestations[event.id] = AttestationState(
            attestation: event.attestation,
            by: event.by,
            groups: event.groups,
            at: now
        )
        bySubject[event.attestation.subject, default: []].append(event.id)
        guard attestations.count > Self.attestations_max else { return }
        let (id, oldest) = attestations.removeFirst()
        bySubject[oldest.attestation.subject]?.removeAll { $0 == id }
    }

    mutating func apply(_ event: AttestationRevoked) {
        attestations[event.id]?.revoked = event.reason
    }

    mutating func apply(_ event: Waived, at now: Instant) {
        waivers[event.release, default: []].append(
            Waiver(subject: event.subject, by: event.by, reason: event.reason, at: now)
        )
    }
}
