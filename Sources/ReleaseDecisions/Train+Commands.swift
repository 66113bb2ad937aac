import OrderedCollections
import TimeAndChance
import TrainModel

/// What people and new hosts ask for. Each is done or refused whole; a refusal of a person's act is an event too.
extension Train {
    mutating func obey(_ command: Command, by actor: Actor, at now: Instant) -> Result<Accepted, Refusal> {
        do {
            return .success(try carryOut(command, by: actor, at: now))
        } catch {
            let (act, subject) = command.actAndSubject
            emit(
                .actRefused(ActRefused(by: actor.name, act: act, subject: subject, code: error.code.rawValue)),
                at: now
            )
            return .failure(error)
        }
    }

    private mutating func carryOut(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        switch command {
        case .pushArtifact(let artifact): return try push(artifact, by: actor, at: now)
        case .makeJoinToken(let digest, let region, let lifetime):
            return try makeToken(digest, region, lifetime, by: actor, at: now)
        case .revokeHost(let host, let reason): return try revoke(host, reason: reason, by: actor, at: now)
        case .start(let request): return try start(request, by: actor, at: now)
        case .decide(let id, let decision, let subject, let digest, let reason):
            return try decide(
                id,
                decision,
                subject: subject,
                releaseDigest: digest,
                reason: reason,
                by: actor,
                at: now
            )
        case .pause(let id, let reason): return try pause(id, reason: reason, by: actor, at: now)
        case .resume(let id): return try resume(id, by: actor, at: now)
        case .abort(let id, let reason):
            _ = try activeRelease(id)
            end(id, .aborted, by: actor.name, reason: reason, at: now)
            return .done
        case .rollBack(let id, let reason): return try rollBack(id, reason: reason, by: actor, at: now)
        }
    }

    func activeRelease(_ id: ReleaseID) throws(Refusal) -> ReleaseState {
        guard let release = state.releases[id] else {
            throw Refusal(.notFound, "there is no release \(id); `release list` names them")
        }
        guard release.isActive else {
            throw Refusal(.conflict, "\(id) has ended; start another release")
        }
        return release
    }

    // MARK: - Artifacts and hosts

    private mutating func push(_ artifact: Artifact, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        if let known = state.artifacts[ArtifactKey(name: artifact.name, version: artifact.version)] {
            guard known == artifact else {
                throw Refusal(
                    .conflict,
                    "\(artifact) is \(known.digest.prefix) already and versions never change; push \(artifact.digest.prefix) under another version"
                )
            }
            return .alreadyDone
        }
        emit(.artifactPushed(ArtifactPushed(artifact: artifact, by: actor.name)), at: now)
        return .done
    }

    private mutating func makeToken(
        _ digest: Digest,
        _ region: RegionName,
        _ lifetime: Interval,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard lifetime > .zero, lifetime <= .days(7) else {
            throw Refusal(.invalid, "a join token lives up to 7d, not \(lifetime)")
        }
        emit(
            .joinTokenMade(JoinTokenMade(tokenDigest: digest, region: region, expires: now + lifetime, by: actor.name)),
            at: now
        )
        return .done
    }

    mutating func enrol(_ request: EnrolmentRequest, at now: Instant) -> Result<Accepted, Refusal> {
        guard let token = state.fleet.joinTokens[request.tokenDigest] else {
            return .failure(
                Refusal(.tokenUnknown, "this join token is not known here; make one with `wavetrain agent token`")
            )
        }
        let host = HostKey(region: token.region, host: request.host)
        if let usedBy = token.usedBy {
            // The answer to the first enrolment may have been lost; the same key may hear it again.
            guard usedBy == request.host, token.usedKey == request.publicKey else {
                return .failure(
                    Refusal(.tokenUsed, "this join token has been used by \(usedBy); each token makes one host")
                )
            }
            guard state.fleet.hosts[host]?.revoked == false else {
                return .failure(
                    Refusal(.revoked, "\(host) has been revoked; make another join token to let it in again")
                )
            }
            return .success(.enrolled(host))
        }
        guard now < token.expires else {
            return .failure(
                Refusal(.tokenExpired, "this join token has expired; make one with `wavetrain agent token`")
            )
        }
        if let known = state.fleet.hosts[host], !known.revoked, known.publicKey != request.publicKey {
            return .failure(
                Refusal(.conflict, "\(host) is enrolled with another key; revoke it first, or choose another name")
            )
        }
        emit(
            .hostEnrolled(HostEnrolled(host: host, publicKey: request.publicKey, tokenDigest: request.tokenDigest)),
            at: now
        )
        for id in state.releases.keys where waitsForHosts(of: host.region, id) { advance(id, at: now) }
        return .success(.enrolled(host))
    }

    /// An empty region of the wave in hand starts with its first host.
    private func waitsForHosts(of region: RegionName, _ id: ReleaseID) -> Bool {
        guard let release = state.releases[id], release.isActive, release.waveStarted else { return false }
        return release.regions[region] == nil && release.current?.wave.regions.contains(region) == true
    }

    private mutating func revoke(
        _ host: HostKey,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard let known = state.fleet.hosts[host] else {
            throw Refusal(.notFound, "there is no host \(host); `wavetrain agent list` names them")
        }
        guard !known.revoked else { return .alreadyDone }
        emit(.hostRevoked(HostRevoked(host: host, by: actor.name, reason: reason)), at: now)
        perform(.cutLink(host, reason: "revoked"))
        lookAgain(at: host.region, at: now)
        return .done
    }

    // MARK: - Releases

    private mutating func start(_ request: StartRelease, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let plan = request.plan
        var artifacts: [ServiceName: Artifact] = [:]
        for service in plan.services {
            artifacts[service.name] = try pin(service, request.versions[service.name])
        }
        if let stranger = request.versions.keys.filter({ artifacts[$0] == nil }).min() {
            throw Refusal(.invalid, "plan \(plan.name) has no service \(stranger)")
        }
        try requireEachRegionOnce(plan)
        try requireFree(plan)
        let number = (state.releaseCounts[plan.name] ?? 0) + 1
        guard let id = ReleaseID("\(plan.name)-\(number)") else {
            throw Refusal(
                .invalid,
                "the plan's name \(plan.name) is too long to number its releases; shorten it to 50 characters"
            )
        }
        emit(
            .releaseStarted(
                ReleaseStarted(
                    release: id,
                    plan: plan,
                    planDigest: request.planDigest,
                    planSourceDigest: request.planSourceDigest,
                    artifacts: artifacts,
                    releaseDigest: request.releaseDigest(request.planDigest, artifacts),
                    author: actor.name,
                    description: request.description
                )
            ),
            at: now
        )
        advance(id, at: now)
        return .started(id)
    }

    private func pin(_ service: ServicePlan, _ version: Version?) throws(Refusal) -> Artifact {
        guard let version else {
            throw Refusal(.invalid, "no version is given for service \(service.name)")
        }
        guard let artifact = state.artifacts[ArtifactKey(name: service.artifact, version: version)] else {
            throw Refusal(
                .notFound,
                "\(service.artifact) \(version) has not been pushed; `wavetrain artifact push` it, or choose one that `artifact list` names"
            )
        }
        return artifact
    }

    /// A release knows each region once; a second stage of the same region would never begin.
    private func requireEachRegionOnce(_ plan: Plan) throws(Refusal) {
        var seen: Set<RegionName> = []
        for region in plan.stages.flatMap({ $0.waves.flatMap(\.regions) }) where !seen.insert(region).inserted {
            throw Refusal(
                .invalid,
                "plan \(plan.name) names region \(region) twice; a plan has each region in one stage"
            )
        }
    }

    /// One release at a time per region and service, so that nobody's way back is somebody else's way out.
    private func requireFree(_ plan: Plan, except own: ReleaseID? = nil) throws(Refusal) {
        let regions = Set(plan.stages.flatMap { $0.waves.flatMap(\.regions) })
        let services = Set(plan.services.map(\.name))
        for release in state.releases.values where release.isActive && release.id != own {
            guard !services.isDisjoint(with: release.plan.services.map(\.name)),
                let shared = release.allRegions.first(where: regions.contains)
            else { continue }
            throw Refusal(
                .conflict,
                "\(release.id) is under way in \(shared) with the same services; let it end, abort it or roll it back first"
            )
        }
    }

    private mutating func pause(
        _ id: ReleaseID,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard try activeRelease(id).paused == nil else { return .alreadyDone }
        emit(.releasePaused(ReleasePaused(release: id, by: actor.name, reason: reason)), at: now)
        return .done
    }

    private mutating func resume(_ id: ReleaseID, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        guard try activeRelease(id).paused != nil else { return .alreadyDone }
        emit(.releaseResumed(ReleaseResumed(release: id, by: actor.name)), at: now)
        goOn(id, at: now)
        return .done
    }

    /// Sends again what may have been held back, and looks at everything once.
    private mutating func goOn(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id] else { return }
        for order in release.orders.values where order.awaitedCount > 0 {
            if order.issued.expires > now {
                perform(.deliver(order.issued.order, of: id, to: state.awaited(order)))
            } else {
                renewIfExpired(order.issued.order, of: id, at: now)
            }
        }
        for region in release.regions.keys { look(at: region, of: id, at: now) }
        advance(id, at: now)
    }

    /// Also of a release that has ended, as long as what it deployed is still what its regions should run.
    private mutating func rollBack(
        _ id: ReleaseID,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard let release = state.releases[id] else {
            throw Refusal(.notFound, "there is no release \(id); `release list` names them")
        }
        if release.phase == .returning { return .alreadyDone }
        if !release.isActive { try requireFree(release.plan, except: id) }
        let touched = release.regions.filter { $0.value.phase != .returned }.keys
        guard !touched.isEmpty else {
            throw Refusal(.conflict, "\(id) has touched no region that could return")
        }
        for region in touched {
            for service in release.plan.services {
                let target = state.targets[TargetKey(region: region, service: service.name)]
                guard target?.release == id else {
                    let newer = target.map { "\($0.release)" } ?? "another release"
                    throw Refusal(
                        .conflict,
                        "\(newer) has deployed \(service.name) in \(region) since; roll that back instead"
                    )
                }
            }
        }
        guard touched.contains(where: { release.hasWayBack($0) }) else {
            throw Refusal(
                .conflict,
                "in no region of \(id) were these services ever judged healthy before, so there is nothing to return to"
            )
        }
        if release.paused != nil { emit(.releaseResumed(ReleaseResumed(release: id, by: actor.name)), at: now) }
        let cause = reason.isEmpty ? "\(actor.name) asked for it" : reason
        startReturn(of: Array(touched), in: id, cause: cause, by: actor.name, at: now)
        return .done
    }
}

extension Command {
    /// For the record of a refusal.
    fileprivate var actAndSubject: (act: String, subject: String) {
        switch self {
        case .pushArtifact(let artifact): ("push artifact", "\(artifact)")
        case .makeJoinToken(_, let region, _): ("make join token", "\(region)")
        case .revokeHost(let host, _): ("revoke host", "\(host)")
        case .start(let request): ("start release", "\(request.plan.name)")
        case .decide(let id, .approved, let subject, _, _): ("approve", "\(id) \(subject)")
        case .decide(let id, .rejected, let subject, _, _): ("reject", "\(id) \(subject)")
        case .pause(let id, _): ("pause", "\(id)")
        case .resume(let id): ("resume", "\(id)")
        case .abort(let id, _): ("abort", "\(id)")
        case .rollBack(let id, _): ("roll back", "\(id)")
        }
    }
}
