import AgentLink
import Bundles
import HostDecisions
import TimeAndChance
import TrainModel

/// Does what a move says, once, and answers how it went. It decides nothing.
struct MoveRunner: Sendable {
    /// From one try to reach the controller for a bundle to the next.
    static let fetchPause = Duration.seconds(1)

    let link: any ControllerLink
    let hooks: ServiceHooks
    let smokeTests: SmokeTests
    let lookUps: LookUps

    private var directories: ReleaseDirectories { hooks.directories }

    /// Ends soon after its task is cancelled. `fetched` is told the bundle's bytes that are present.
    ///
    /// Throws only what must end the process; whatever else fails is how the move ended.
    func run(_ order: MoveOrder, fetched: @escaping @Sendable (UInt64) -> Void) async throws -> MoveEnd {
        guard let deployment = order.deployment else { return MoveEnd(try await `switch`(order.service, to: nil)) }
        let subject = hooks.subject(order.service, deployment, for: order.purpose, previous: order.previous)
        switch order.move {
        case .fetch: return MoveEnd(try await fetch(subject, fetched))
        case .unpack where deployment.recipe != nil: return MoveEnd(try await adopt(subject))
        case .unpack: return MoveEnd(try await unpack(subject, fetched))
        case .switchToNew, .switchToOld: return MoveEnd(try await `switch`(order.service, to: deployment.release))
        case .smokeNew, .smokeOld: return await smokeTests.run(subject)
        case .recheckNew: return MoveEnd(await smokeTests.recheck(subject))
        case .diagnose: return MoveEnd(await lookUps.run(order.lookUps, subject))
        case .drainOld, .stopOld, .stopNew, .installNew, .startNew, .startOld, .verifyNew, .verifyOld:
            guard let hook = order.move.hook else { return .passed }
            return await hooks.run(hook, subject, timeout_max: .days(1)) ?? .passed
        }
    }

    // MARK: The agent's own steps

    private func fetch(
        _ subject: ServiceHooks.Subject,
        _ fetched: @escaping @Sendable (UInt64) -> Void
    ) async throws -> MoveResult {
        let artifact = subject.deployment.artifact
        let archive = directories.archive(of: artifact)
        while true {
            do {
                let isThere = try await DiskThreads.run {
                    try Files.makeFolder(Files.parent(of: archive), mode: 0o700)
                    return try directories.holds(artifact, subject.service)
                }
                if !isThere { try await link.fetch(artifact, to: archive, progress: fetched) }
                return MoveResult(.passed)
            } catch let error as LinkError where error.isWorthAnotherTry {
                // The order's own time limit ends this.
                do {
                    try await Task.sleep(for: Self.fetchPause)
                } catch {
                    return MoveResult(.failed(code: "cancelled", sentence: "fetching was cancelled"))
                }
            } catch {
                return try Self.failure("fetch-failed", error)
            }
        }
    }

    /// What was fetched was not flushed, and a power cut since may have taken it: then it is fetched once more.
    private func unpack(
        _ subject: ServiceHooks.Subject,
        _ fetched: @escaping @Sendable (UInt64) -> Void
    ) async throws -> MoveResult {
        do {
            return try await DiskThreads.run { try unpackNow(subject) }
        } catch let error as BundleError where Self.meansLost(error) {
            let again = try await fetch(subject, fetched)
            guard again.verdict == .passed else { return again }
        } catch {
            return try Self.failure("unpack-failed", error)
        }
        do {
            return try await DiskThreads.run { try unpackNow(subject) }
        } catch {
            return try Self.failure("unpack-failed", error)
        }
    }

    private static func meansLost(_ error: BundleError) -> Bool {
        [.notFound, .lengthMismatch, .digestMismatch].contains(error.code)
    }

    private func unpackNow(_ subject: ServiceHooks.Subject) throws -> MoveResult {
        let artifact = subject.deployment.artifact
        let manifest: BundleManifest
        if try directories.holds(artifact, subject.service) {
            manifest = try BundleManifest.read(folder: subject.folder)
        } else {
            try directories.prepare(artifact, subject.service)
            manifest = try BundleUnpacker.unpack(
                archive: directories.archive(of: artifact),
                digest: artifact.digest,
                length_bytes: Int(clamping: artifact.length_bytes),
                into: directories.releases(of: subject.service),
                name: directories.name(of: artifact)
            ).manifest
        }
        try Files.remove(directories.archive(of: artifact))
        hooks.keep(manifest, of: artifact.digest)
        guard manifest.service == subject.service else {
            let sentence = "the bundle is of the service \(manifest.service), not \(subject.service)"
            return MoveResult(.failed(code: "wrong-service", sentence: sentence))
        }
        return MoveResult(.unpacked(DeclaredHooks(manifest)), links: manifest.links)
    }

    /// A recipe's release is its record, and its hooks are the host's own.
    private func adopt(_ subject: ServiceHooks.Subject) async throws -> MoveResult {
        do {
            return try await DiskThreads.run {
                let manifest = try hooks.recipeManifest(of: subject)
                if let record = subject.deployment.record { try directories.write(record, subject.service) }
                return MoveResult(.unpacked(DeclaredHooks(manifest)), links: manifest.links)
            }
        } catch {
            return try Self.failure("recipe-unusable", error)
        }
    }

    private func `switch`(_ service: ServiceName, to artifact: Artifact?) async throws -> MoveResult {
        do {
            try await DiskThreads.run { try directories.switch(service, to: artifact) }
            return MoveResult(.passed)
        } catch {
            return try Self.failure("switch-failed", error)
        }
    }

    private static func failure(_ code: String, _ error: any Error) throws -> MoveResult {
        if AgentError.mustEndProcess(error) { throw error }
        return MoveResult(.failed(code: code, sentence: "\(error)"))
    }
}

extension LinkError {
    /// The controller was not there, or went away; it may come back.
    var isWorthAnotherTry: Bool {
        [Code.unreachable, .closed, .silent, .slow, .overdue].contains(code)
    }
}
