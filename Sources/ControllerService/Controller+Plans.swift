import EventStore
import OrderedCollections
import PlanLanguage
import ReleaseDecisions
import StructuredText
import Synchronization
import TrainModel

/// Plans: compiling, registering, starting releases of them.
extension Controller {
    private static let subject_max = 256

    /// A compiled plan whose sources are kept.
    private struct KeptPlan: Sendable {
        let plan: Plan
        let digest: Digest
        let sourceDigest: Digest
    }

    /// - Throws: `Problems` with every mistake of the plan.
    public func compile(_ sources: PlanSources) async throws -> CompiledPlan {
        try await DiskThreads.run {
            try PlanCompiler.compile(sources, readZone: { try ZoneDatabase.zone(named: $0) }).get()
        }
    }

    /// - Throws: `Problems` with every mistake of the plan.
    public func startRelease(_ wish: ReleaseWish, by actor: Actor) async throws -> Result<Accepted, Refusal> {
        let kept: KeptPlan
        switch try await keptPlan(wish.plan) {
        case .success(let plan): kept = plan
        case .failure(let refusal): return refuse(refusal, "start release", wish.plan.subject, actor)
        }
        var start = StartRelease(
            plan: kept.plan,
            planDigest: kept.digest,
            planSourceDigest: kept.sourceDigest,
            versions: wish.versions(of: kept.plan),
            description: wish.description
        )
        start.only = wish.only
        start.lane = wish.lane
        start.adHocFor = wish.adHocFor
        start.adHocStages = wish.adHocStages
        start.candidate = wish.candidate
        start.tags = wish.tags
        return try await perform(.start(start), by: actor)
    }

    /// - Throws: `Problems` with every mistake of the plan.
    public func registerPlan(_ sources: PlanSources, by actor: Actor) async throws -> Result<Accepted, Refusal> {
        switch try await keptPlan(.written(sources)) {
        case .failure(let refusal): return refuse(refusal, "register plan", sources.file, actor)
        case .success(let kept):
            let request = RegisterPlan(
                plan: kept.plan,
                planDigest: kept.digest,
                planSourceDigest: kept.sourceDigest
            )
            return try await perform(.registerPlan(request), by: actor)
        }
    }

    private func keptPlan(_ choice: ReleaseWish.PlanChoice) async throws -> Result<KeptPlan, Refusal> {
        switch choice {
        case .registered(let name):
            guard let known = loop.withLock({ $0.train.state.schedule.plans[name] }) else {
                return .failure(Refusal(.notFound, "no plan \(name) is registered; `wavetrain plan list` names those"))
            }
            if let refusal = try await refusal(of: known.plan, known.digest) { return .failure(refusal) }
            return .success(KeptPlan(plan: known.plan, digest: known.digest, sourceDigest: known.sourceDigest))
        case .written(let sources):
            let compiled = try await compile(sources)
            if let refusal = try await refusal(of: compiled.plan, compiled.digest) { return .failure(refusal) }
            let sourceDigest = try await store.putDocument(sources.canonicalBytes)
            return .success(KeptPlan(plan: compiled.plan, digest: compiled.digest, sourceDigest: sourceDigest))
        }
    }

    /// Why releases of this plan could not be written down or sent; nil if they can.
    private func refusal(of plan: Plan, _ digest: Digest) async throws -> Refusal? {
        let bounds = ReleaseBounds(
            cluster: cluster,
            fleet: loop.withLock { $0.train.state.fleet.hostsByRegion },
            key: keys.orderKey,
            now: now()
        )
        return try await DiskThreads.run { try bounds.refusal(of: plan, digest) }
    }

    private func refuse(
        _ refusal: Refusal,
        _ act: String,
        _ subject: String,
        _ actor: Actor
    ) -> Result<Accepted, Refusal> {
        // A file's name is the client's text, of any length.
        let subject = String(subject.prefix(Self.subject_max))
        record(Refused(act: act, subject: subject, code: refusal.code.rawValue), of: actor.name)
        return .failure(refusal)
    }
}

extension ReleaseWish.PlanChoice {
    /// For the record of a refusal.
    fileprivate var subject: String {
        switch self {
        case .written(let sources): sources.file
        case .registered(let name): name.text
        }
    }
}
