import AgentLink
import Bundles
import HostDecisions
import Logging
import TimeAndChance
import TrainModel

/// Does what a move says, once, and answers how it went. It decides nothing.
struct MoveRunner: Sendable {
    /// From one try to reach the controller for a bundle to the next.
    static let fetchPause = Duration.seconds(1)
    /// Between the tries to switch back.
    static let switchPauses: [Duration] = [.milliseconds(100), .seconds(1), .seconds(5)]

    let link: any ControllerLink
    let kept: KeptBundles
    let room: DiskRoom
    let hooks: ServiceHooks
    let smokeTests: SmokeTests
    let lookUps: LookUps
    let ownSteps: OwnSteps
    let logger: Logger

    private var directories: ReleaseDirectories { hooks.directories }

    /// Ends soon after its task is cancelled. `fetched` is told how far a bundle is, `said` what a hook says of how far
    /// it is.
    ///
    /// Throws only what must end the process; whatever else fails is how the move ended.
    func run(
        _ order: MoveOrder,
        fetched: @escaping @Sendable (BundleProgress) -> Void,
        said: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> MoveEnd {
        if order.service == .agent, let result = try await ownSteps.run(order, said: said) { return MoveEnd(result) }
        guard let deployment = order.deployment else {
            return MoveEnd(try await `switch`(order.service, to: nil, isWayBack: true))
        }
        let subject = hooks.subject(order.service, deployment, for: order.purpose, previous: order.previous)
        switch order.move {
        case .fetch: return MoveEnd(try await fetch(subject, fetched))
        case .unpack where deployment.recipe != nil: return MoveEnd(try await adopt(subject))
        case .unpack: return MoveEnd(try await unpack(subject, fetched))
        case .switchToNew, .switchToOld:
            await beginLogs(subject)
            return MoveEnd(
                try await `switch`(order.service, to: deployment.release, isWayBack: order.move == .switchToOld)
            )
        case .smokeNew, .smokeOld: return await smokeTests.run(subject)
        case .recheckNew: return MoveEnd(await smokeTests.recheck(subject))
        case .diagnose: return MoveEnd(await lookUps.run(order.lookUps, subject))
        case .drainOld, .stopOld, .stopNew, .installNew, .startNew, .startOld, .verifyNew, .verifyOld:
            guard let hook = order.move.hook else { return .passed }
            if hook == .start { await beginLogs(subject) }
            return await hooks.run(hook, subject, timeout_max: .days(1), said: said) ?? .passed
        }
    }

    // MARK: The agent's own steps

    private func fetch(
        _ subject: ServiceHooks.Subject,
        _ fetched: @escaping @Sendable (BundleProgress) -> Void
    ) async throws -> MoveResult {
        let artifact = subject.deployment.artifact
        let archive = directories.archive(of: artifact)
        while true {
            do {
                guard let seeds = try await DiskThreads.run({ try prepareFetch(subject) }) else {
                    return MoveResult(.passed)
                }
                try await link.fetch(artifact, to: archive, seeds: seeds, progress: fetched)
                kept.note(artifact.digest, at: archive, length_bytes: artifact.length_bytes)
                Task { await link.tellHeld(artifact) }
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

    /// Makes room; returns what chunks may be copied from, nil when the release is there already.
    private func prepareFetch(_ subject: ServiceHooks.Subject) throws -> [String]? {
        let artifact = subject.deployment.artifact
        let archive = directories.archive(of: artifact)
        try Files.makeFolder(Files.parent(of: archive), mode: 0o700)
        if try directories.holds(artifact, subject.service) { return nil }
        let lacking_bytes = max(0, Int(clamping: artifact.length_bytes) - Files.bytes(of: archive))
        try makeRoom(lacking_bytes, for: "fetching", subject)
        return try kept.seeds()
    }

    /// Removes what can be fetched again, where it must: kept bundles, then old releases of the service. What runs stays,
    /// and what was just fetched.
    private func makeRoom(_ needed_bytes: Int, for verb: String, _ subject: ServiceHooks.Subject) throws(AgentError) {
        let keep = [subject.deployment.release.digest]
        try room.make(
            needed_bytes,
            for: "\(verb) \(subject.deployment.artifact)",
            freeable_bytes: { () throws(AgentError) in
                try kept.bytes() + directories.superfluous_bytes(subject.service, keep: keep)
            },
            free: { () throws(AgentError) in
                if try kept.removeOldest() { return true }
                return try directories.removeOldest(subject.service, keep: keep)
            }
        )
    }

    /// What was fetched was not flushed, and a power cut since may have taken it: then it is fetched once more.
    private func unpack(
        _ subject: ServiceHooks.Subject,
        _ fetched: @escaping @Sendable (BundleProgress) -> Void
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
            // What the members say of themselves, and a little for what the file system adds.
            let archive_bytes = try ChunkIndex.unpacked_bytes(bundle: directories.archive(of: artifact))
            try makeRoom(archive_bytes + archive_bytes / 8, for: "unpacking", subject)
            try directories.prepare(artifact, subject.service)
            manifest = try BundleUnpacker.unpack(
                archive: directories.archive(of: artifact),
                digest: artifact.digest,
                length_bytes: Int(clamping: artifact.length_bytes),
                into: directories.releases(of: subject.service),
                name: directories.name(of: artifact)
            ).manifest
        }
        let archive = directories.archive(of: artifact)
        if try Files.exists(archive) { try kept.keep(archive, of: artifact) }
        hooks.keep(manifest, of: artifact.digest)
        try hooks.requirePrograms(of: manifest, for: subject)
        guard manifest.service == subject.service else {
            let sentence = "the bundle is of the service \(manifest.service), not \(subject.service)"
            return MoveResult(.failed(code: "wrong-service", sentence: sentence))
        }
        // Nobody would run them, and who wrote them believes that somebody does.
        guard subject.service != .agent || manifest.hooks.isEmpty else {
            let sentence =
                "a bundle of the agent brings no hooks: the agent starts itself; remove them from wavetrain.yaml"
            return MoveResult(.failed(code: "agent-with-hooks", sentence: sentence))
        }
        return MoveResult(
            .unpacked(subject.service == .agent ? .ofOwnProgram : DeclaredHooks(manifest)),
            links: manifest.links
        )
    }

    /// A recipe's release is its record, and its hooks are the host's own.
    private func adopt(_ subject: ServiceHooks.Subject) async throws -> MoveResult {
        do {
            return try await DiskThreads.run {
                let manifest = try hooks.recipeManifest(of: subject)
                try hooks.requirePrograms(of: manifest, for: subject)
                if let record = subject.deployment.record { try directories.write(record, subject.service) }
                return MoveResult(.unpacked(DeclaredHooks(manifest)), links: manifest.links)
            }
        } catch {
            return try Self.failure("recipe-unusable", error)
        }
    }

    /// A log whose beginning cannot be kept is looked at all the same, until the agent starts again.
    private func beginLogs(_ subject: ServiceHooks.Subject) async {
        do {
            let logs = smokeTests.checks.logs
            try await DiskThreads.run { [directories] in try logs.begin(subject, directories) }
        } catch {
            logger.warning(
                "where the logs stand cannot be kept",
                metadata: ["service": "\(subject.service)", "reason": "\(error)"]
            )
        }
    }

    /// The way forward turns round where the disk fails. The way back has no other: there it is tried again.
    private func `switch`(
        _ service: ServiceName,
        to artifact: Artifact?,
        isWayBack: Bool
    ) async throws -> MoveResult {
        for pause in isWayBack ? Self.switchPauses : [] {
            do {
                try await DiskThreads.run { try directories.switch(service, to: artifact) }
                return MoveResult(.passed)
            } catch  where !AgentError.mustEndProcess(error) {
                logger.warning(
                    "switching back is tried again",
                    metadata: ["service": "\(service)", "reason": "\(error)"]
                )
                do { try await Task.sleep(for: pause) } catch { break }
            }
        }
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
