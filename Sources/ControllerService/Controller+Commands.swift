import EventStore
import AgentLink
import NIOCore
import OrderedCollections
import PlanLanguage
import ReleaseDecisions
import StructuredText
import Synchronization
import TimeAndChance
import TrainModel

/// What operators ask for, with the work that comes before a decision: compiling, hashing, receiving bytes.
extension Controller {
    /// Returns when what was decided is durable.
    public func perform(_ command: Command, by actor: Actor) async throws -> Result<Accepted, Refusal> {
        try await answer(to: .command(command, by: actor))
    }

    /// Compiles the plan here, whatever the client may have compiled, and starts a release of it.
    ///
    /// - Parameter allVersions: for every service that `versions` does not name.
    /// - Throws: `PlanProblems` with every mistake of the plan.
    public func startRelease(
        source: String,
        file: String,
        versions: [ServiceName: Version],
        allVersions: Version?,
        description: String,
        by actor: Actor
    ) async throws -> Result<Accepted, Refusal> {
        let compiled = try await DiskThreads.run { try PlanCompiler.compile(source: source, file: file).get() }
        var chosen = versions
        if let allVersions {
            for service in compiled.plan.services where chosen[service.name] == nil {
                chosen[service.name] = allVersions
            }
        }
        if let refusal = try await refusal(of: compiled, chosen) {
            record(Refused(act: "start", subject: compiled.plan.name.text, code: refusal.code.rawValue), of: actor.name)
            return .failure(refusal)
        }
        let sourceDigest = try await store.putDocument(Array(source.utf8))
        return try await perform(
            .start(
                StartRelease(
                    plan: compiled.plan,
                    planDigest: compiled.digest,
                    planSourceDigest: sourceDigest,
                    versions: chosen,
                    description: description
                )
            ),
            by: actor
        )
    }

    /// Why a release of this plan is not even asked for; nil if nothing stands against it.
    private func refusal(of compiled: CompiledPlan, _ versions: [ServiceName: Version]) async throws -> Refusal? {
        if let refusal = compiled.refusal(of: versions) { return refusal }
        let bounds = ReleaseBounds(
            cluster: cluster,
            fleet: loop.withLock { $0.train.state.fleet.hostsByRegion },
            key: keys.orderKey,
            now: now()
        )
        return try await DiskThreads.run { try bounds.refusal(of: compiled) }
    }

    /// The token's text is given out once and never stored; only its digest is.
    public func makeJoinToken(
        region: RegionName,
        lifetime: Interval,
        by actor: Actor
    ) async throws -> Result<String, Refusal> {
        let token = try JoinToken(
            cluster: cluster,
            region: region,
            expires: now() + lifetime,
            authority: keys.authority.certificate
        )
        let command = Command.makeJoinToken(tokenDigest: token.secretDigest, region: region, lifetime: lifetime)
        let text = try token.secretText()
        return try await perform(command, by: actor).map { _ in text }
    }

    /// Keeps the bytes first, then the fact: what `artifact list` names is complete. A version that is there with other
    /// bytes is refused before any byte is read.
    public func pushBundle(
        name: ArtifactName,
        version: Version,
        expected: Digest,
        length_bytes: UInt64,
        chunks: some AsyncSequence<ByteBuffer, any Error> & Sendable,
        by actor: Actor
    ) async throws -> Result<Accepted, Refusal> {
        let artifact = Artifact(name: name, version: version, digest: expected, length_bytes: length_bytes)
        let known = loop.withLock { $0.train.state.artifacts[ArtifactKey(name: name, version: version)] }
        if let known, known != artifact { return try await perform(.pushArtifact(artifact), by: actor) }
        return try await bundles.push(of: expected, isNamed: { names(expected) }) {
            try await bundles.receive(chunks, expecting: expected, length_bytes: length_bytes)
            return try await perform(.pushArtifact(artifact), by: actor)
        }
    }

    /// Whether any artifact is made of these bytes.
    private func names(_ digest: Digest) -> Bool {
        loop.withLock { loop in loop.train.state.artifacts.values.contains { $0.digest == digest } }
    }
}
