import EventStore
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What people ask about trains, evidence and what runs where. Nothing is answered before it is durable.
extension Controller {
    private func answer<Value: Sendable>(_ ask: (Train, Instant) -> Value) async throws -> Value {
        let look = try look()
        let value = ask(look.train, look.now)
        try await look.ticket.durable()
        return value
    }

    public func schedule() async throws -> ScheduleView {
        try await answer { $0.scheduleView(at: $1) }
    }

    /// Nil: no such plan is registered.
    public func train(of plan: PlanName) async throws -> TrainView? {
        try await answer { $0.trainView(of: plan, at: $1) }
    }

    /// Nil: no such plan is registered.
    public func plan(_ name: PlanName) async throws -> PlanView? {
        try await answer { train, _ in
            train.state.schedule.plans[name].map {
                PlanView(plan: $0.plan, digest: $0.digest, registeredBy: $0.by, registered: $0.since)
            }
        }
    }

    /// Nil: no such plan is registered.
    public func suggestion(for plan: PlanName) async throws -> SuggestionView? {
        try await answer { $0.suggestion(for: plan, at: $1) }
    }

    /// What people do by hand, by the time it takes. `plan` nil: of all plans.
    public func manualActs(of plan: PlanName?) async throws -> [ManualActView] {
        try await answer { train, _ in train.manualActs(of: plan) }
    }

    /// Newest first; nil: there is no such artifact.
    public func artifact(_ name: ArtifactName, _ version: Version) async throws -> ArtifactRecord? {
        try await answer { train, _ in train.state.artifacts[ArtifactKey(name: name, version: version)] }
    }

    /// What a release brings to where it goes last, for each artifact; nil: there is no such release.
    public func notes(of id: ReleaseID) async throws -> [ReleaseNotesView]? {
        try await answer { train, _ in train.notes(of: id) }
    }

    /// Newest first.
    public func deployments(_ filter: DeploymentFilter) async throws -> [DeploymentRecord] {
        try await answer { train, _ in train.state.deployments.records.reversed().filter(filter.takes) }
    }

    /// Newest first.
    public func releases(tagged tag: Tag) async throws -> [ReleaseID] {
        try await answer { train, _ in train.releases(tagged: tag) }
    }

    /// Newest first. Both nil: every attestation.
    public func attestations(of artifact: Digest?, change: String?) async throws -> [AttestationView] {
        try await answer { train, _ in train.attestationViews(of: artifact, change: change) }
    }
}

/// Which deployments somebody asks for: those that have all of it.
public struct DeploymentFilter: Sendable {
    public var tags: [Tag] = []
    public var plan: PlanName?
    public var release: ReleaseID?
    public var stage: StageName?
    public var region: RegionName?
    public var service: ServiceName?
    /// Only what runs now.
    public var isCurrent = false

    public init() {}

    func takes(_ record: DeploymentRecord) -> Bool {
        tags.allSatisfy(record.tags.contains) && (plan ?? record.plan) == record.plan
            && (release ?? record.release) == record.release && (stage ?? record.stage) == record.stage
            && (region ?? record.region) == record.region && (service ?? record.service) == record.service
            && (!isCurrent || record.until == nil)
    }
}

extension Train {
    fileprivate func attestationViews(of artifact: Digest?, change: String?) -> [AttestationView] {
        var artifacts: [Digest: [Artifact]] = [:]
        for record in state.artifacts.values { artifacts[record.artifact.digest, default: []].append(record.artifact) }
        return state.evidence.attestations.elements.reversed().compactMap { id, word in
            let digest: Digest? = if case .artifact(let digest) = word.attestation.subject { digest } else { nil }
            let isWanted =
                artifact == nil && change == nil || digest != nil && digest == artifact
                || change.map { word.attestation.subject == .change($0) } ?? false
            guard isWanted else { return nil }
            return AttestationView(
                id: id,
                attestation: word.attestation,
                artifacts: digest.flatMap { artifacts[$0] } ?? [],
                by: word.by,
                at: word.at,
                revoked: word.revoked
            )
        }
    }

    /// Against what ran before where the release goes last, or what runs there now while it has not come so far.
    fileprivate func notes(of id: ReleaseID) -> [ReleaseNotesView]? {
        guard let release = state.releases[id] else { return nil }
        var views: OrderedDictionary<ArtifactName, ReleaseNotesView> = [:]
        for service in release.services {
            guard let artifact = release.artifacts[service], views[artifact.name] == nil else { continue }
            views[artifact.name] = releaseNotes(
                of: artifact.name,
                in: release.plan.name,
                from: versionBefore(release, service),
                to: artifact.version
            )
        }
        return Array(views.values)
    }

    private func versionBefore(_ release: ReleaseState, _ service: ServiceName) -> Version? {
        let regions = release.plan.stages.flatMap(\.waves).flatMap(\.regions)
        for region in regions.reversed() {
            let own = state.deployments.records.last {
                $0.region == region && $0.service == service && ($0.release == release.id || $0.until == nil)
            }
            if let own { return own.release == release.id ? own.previous : own.artifact.version }
        }
        return nil
    }
}
