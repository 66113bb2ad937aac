import AgentLink
import Cryptography
import EventStore
import NIOCore
import OrderedCollections
import ReleaseDecisions
import Synchronization
import TimeAndChance
import TrainModel

/// What operators ask for, with the work that comes before a decision: hashing, receiving bytes.
extension Controller {
    /// Returns when what was decided is durable.
    public func perform(_ command: Command, by actor: Actor) async throws -> Result<Accepted, Refusal> {
        try await answer(to: .command(command, by: actor))
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

    /// How many bytes of a bundle, from its first on, a push can leave out.
    public func stored_bytes(of digest: Digest) async throws -> UInt64 {
        try await bundles.stored_bytes(of: digest)
    }

    /// Keeps the bytes first, then the fact: what `artifact list` names is complete. A version that is there with other
    /// bytes is refused before any byte is read.
    ///
    /// - Parameter chunks: the bundle's bytes from its `offset_bytes` on, of which all before are here.
    public func pushBundle(
        name: ArtifactName,
        version: Version,
        expected: Digest,
        length_bytes: UInt64,
        offset_bytes: UInt64 = 0,
        source: ArtifactSource = ArtifactSource(),
        chunks: some AsyncSequence<ByteBuffer, any Error> & Sendable,
        by actor: Actor
    ) async throws -> Result<Accepted, Refusal> {
        let artifact = Artifact(name: name, version: version, digest: expected, length_bytes: length_bytes)
        let known = loop.withLock { $0.train.state.artifacts[ArtifactKey(name: name, version: version)]?.artifact }
        if let known, known != artifact { return try await perform(.pushArtifact(artifact, source), by: actor) }
        let result = try await bundles.push(
            expected,
            length_bytes: length_bytes,
            from: offset_bytes,
            chunks,
            isNamed: { names(expected) },
            decide: { try await perform(.pushArtifact(artifact, source), by: actor) }
        )
        bundleLooks.yield()
        return result
    }

    /// Whether any artifact is made of these bytes.
    private func names(_ digest: Digest) -> Bool { loop.withLock { $0.train.state.bundles.contains(digest) } }
}
