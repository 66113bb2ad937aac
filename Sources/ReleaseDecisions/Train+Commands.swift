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
        case .pushArtifact(let artifact, let source): return try push(artifact, source, by: actor, at: now)
        case .makeJoinToken(let digest, let region, let lifetime):
            return try makeToken(digest, region, lifetime, by: actor, at: now)
        case .revokeHost(let host, let reason): return try revoke(host, reason: reason, by: actor, at: now)
        case .start(let request): return try start(request, by: actor, at: now)
        case .decide(let word): return try decide(word, by: actor, at: now)
        case .pause(let id, let reason): return try pause(id, reason: reason, by: actor, at: now)
        case .resume(let id): return try resume(id, by: actor, at: now)
        case .abort(let id, let reason):
            _ = try activeRelease(id)
            end(id, .aborted, by: actor.name, reason: reason, at: now)
            return .done
        case .rollBack(let id, let reason): return try rollBack(id, reason: reason, by: actor, at: now)
        case .vote, .doneTask, .attest, .revokeAttestation, .waive, .breakGlass, .freeze, .liftFreeze, .repin:
            return try actAtGate(command, by: actor, at: now)
        case .overrideOncall, .registerPlan, .withdrawPlan, .departNow, .cutCandidate, .payDebt, .clearAlarm:
            return try runTrain(command, by: actor, at: now)
        case .rollBackPart, .rollBackSet, .unpin: return try returnPart(command, by: actor, at: now)
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

    private mutating func push(
        _ artifact: Artifact,
        _ source: ArtifactSource,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        var source = source
        if let record = state.artifacts[ArtifactKey(name: artifact.name, version: artifact.version)] {
            let known = record.artifact
            guard known == artifact else {
                throw Refusal(
                    .conflict,
                    "\(artifact) is \(known.digest.prefix) already and versions never change; push \(artifact.digest.prefix) under another version"
                )
            }
            let differences = record.source.differences(from: source)
            guard differences.isEmpty else {
                throw Refusal(
                    .conflict,
                    "\(artifact) is there already, with \(differences.joined(separator: ", ")), and where a version comes from never changes; push it under another version"
                )
            }
            // What nobody has said yet may be said: a watched registry may show a tag before its build tells of it.
            source = record.source.completed(by: source)
            guard source != record.source || !state.isHere(artifact) else { return .alreadyDone }
        }
        emit(.artifactPushed(ArtifactPushed(artifact: artifact, source: source, by: actor.name)), at: now)
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
        // An empty region starts with its first host.
        advanceWaiting(for: host.region, at: now)
        return .success(.enrolled(host))
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
        settleTrouble(of: host, at: now)
        perform(.cutLink(host, reason: "revoked"))
        lookAgain(at: host.region, at: now)
        return .done
    }

    // MARK: - Releases

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
    mutating func goOn(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id] else { return }
        sendAgain(release.unanswered, of: id, at: now)
        for region in release.regions.keys { look(at: region, of: id, at: now) }
        advance(id, at: now)
    }

    /// A way back ends a pause. What the pause held back is to be sent again once it is clear what stays.
    mutating func endPause(of id: ReleaseID, by actor: Actor, at now: Instant) -> [OrderID] {
        guard let release = state.releases[id], release.paused != nil else { return [] }
        emit(.releaseResumed(ReleaseResumed(release: id, by: actor.name)), at: now)
        return release.unanswered
    }

    /// Only to hosts that are still meant to do it.
    mutating func sendAgain(_ orders: [OrderID], of id: ReleaseID, at now: Instant) {
        for order in orders {
            // The way back may have ended at once, and the release with it.
            guard mayDeliver(order, of: id), let release = state.releases[id], let known = release.orders[order]
            else { continue }
            guard known.issued.expires > now else {
                renewIfExpired(order, of: id, at: now)
                continue
            }
            let hosts = state.awaited(known).filter {
                release.regions[$0.region]?.generation(of: known.issued.service, on: $0.host) == known.issued.generation
            }
            if !hosts.isEmpty { perform(.deliver(order, of: id, to: hosts)) }
        }
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
        let touched = release.regions.filter { $0.value.phase != .returned }.keys
        guard !touched.isEmpty else {
            throw Refusal(.conflict, "\(id) has touched no region that could return")
        }
        for region in touched { try requireOwn(release.services(in: region), in: region, of: id) }
        try requireUntouched(release.targets.filter { touched.contains($0.region) }, except: id)
        guard touched.contains(where: { release.hasWayBack($0) }) else {
            throw Refusal(
                .conflict,
                "in no region of \(id) were these services ever judged healthy before, so there is nothing to return to"
            )
        }
        let held = endPause(of: id, by: actor, at: now)
        let cause = reason.isEmpty ? "\(actor.name) asked for it" : reason
        startReturn(of: Array(touched), in: id, cause: cause, by: actor.name, at: now)
        sendAgain(held, of: id, at: now)
        return .done
    }

    /// What a newer release has put there since is for that one to return.
    func requireOwn(_ services: [ServiceName], in region: RegionName, of id: ReleaseID) throws(Refusal) {
        for service in services {
            let target = state.targets[TargetKey(region: region, service: service)]
            guard target?.release == id else {
                let newer = target.map { "\($0.release)" } ?? "another release"
                throw Refusal(
                    .conflict,
                    "\(newer) has deployed \(service) in \(region) since; roll that back instead"
                )
            }
        }
    }

    /// Another release is at work there; one that merely waits for its turn is held by what returns.
    func requireUntouched(_ targets: some Sequence<TargetKey>, except own: ReleaseID) throws(Refusal) {
        for target in targets.sorted() {
            for release in state.releases.values where release.isActive && release.id != own {
                guard release.taken(in: target.region).contains(target.service) else { continue }
                throw Refusal(
                    .conflict,
                    "\(release.id) is under way in \(target.region) with \(target.service); let it end, abort it or roll it back first"
                )
            }
        }
    }
}

extension Command {
    /// For the record of a refusal.
    fileprivate var actAndSubject: (act: String, subject: String) {
        switch self {
        case .pushArtifact(let artifact, _): ("push artifact", "\(artifact)")
        case .makeJoinToken(_, let region, _): ("make join token", "\(region)")
        case .revokeHost(let host, _): ("revoke host", "\(host)")
        case .start(let request): ("start release", "\(request.plan.name)")
        case .decide(let word): (word.decision == .approved ? "approve" : "reject", "\(word.release) \(word.subject)")
        case .pause(let id, _): ("pause", "\(id)")
        case .resume(let id): ("resume", "\(id)")
        case .abort(let id, _): ("abort", "\(id)")
        case .rollBack(let id, _): ("roll back", "\(id)")
        case .vote(let vote): (vote.isGo ? "vote go" : "vote no-go", "\(vote.release) \(vote.role)")
        case .doneTask(let id, let subject, _, _): ("do task", "\(id) \(subject)")
        case .attest(let attestation): ("attest", "\(attestation.predicate)")
        case .revokeAttestation(let id, _): ("revoke attestation", id.hex)
        case .waive(let id, let subject, _): ("waive", "\(id) \(subject)")
        case .breakGlass(let id, let subject, _): ("break glass", "\(id) \(subject)")
        case .freeze(let plan, _, _): ("freeze", plan?.text ?? "everything")
        case .liftFreeze(let plan): ("lift freeze", plan?.text ?? "everything")
        case .overrideOncall(let rotation, let person, _, _, _): ("override on-call", "\(rotation) \(person)")
        case .repin(let id, _): ("repin", "\(id)")
        case .registerPlan(let request): ("register plan", "\(request.plan.name)")
        case .withdrawPlan(let plan): ("withdraw plan", "\(plan)")
        case .departNow(let plan): ("depart", "\(plan)")
        case .cutCandidate(let plan, let tag):
            ("cut candidate", "\(plan)" + (tag.map { " \($0)" } ?? ""))
        case .payDebt(let id, _): ("pay debt", id)
        case .clearAlarm(let kind, let subject): ("clear alarm", "\(kind.rawValue) \(subject)")
        case .rollBackPart(let id, _, _, _, _): ("roll back part", "\(id)")
        case .rollBackSet(let plan, let stage, _): ("roll back set", "\(plan) \(stage)")
        case .unpin(let id, _): ("unpin", "\(id)")
        }
    }
}
