import OrderedCollections
import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds one event in. The same events give the same state on every machine; events are applied in the order of
    /// their sequence and never judged again.
    public mutating func apply(_ event: Event, at now: Instant) {
        noteForTrains(event, at: now)
        switch event {
        case .epochBegan(let event): epoch = event.epoch
        case .artifactPushed(let event):
            artifacts[ArtifactKey(name: event.artifact.name, version: event.artifact.version)] = ArtifactRecord(
                artifact: event.artifact,
                source: event.source,
                by: event.by,
                at: now
            )
        case .joinTokenMade, .hostEnrolled, .hostRevoked: fleet.apply(event, at: now)
        case .releaseStarted(let event): add(event, at: now)
        case .gateDecided(let event):
            releases[event.release]?.gateDecisions[event.gate, default: []].append(
                ReleaseState.GateDecision(
                    by: event.by,
                    decision: event.decision,
                    releaseDigest: event.releaseDigest,
                    evidenceDigest: event.evidenceDigest,
                    ticked: event.ticked,
                    took: event.took,
                    reason: event.reason,
                    at: now,
                    voided: nil
                )
            )
        case .waveStarted(let event): releases[event.release]?.startWave(at: now)
        case .wavePromoted(let event): releases[event.release]?.promote(at: now)
        case .regionStarted(let event): start(event, at: now)
        case .orderIssued(let event): issue(event)
        case .orderRenewed(let event): renew(event)
        case .orderRefused(let event): refuse(event)
        case .receiptReceived(let event): settle(event.receipt)
        case .bakeStarted(let event):
            releases[event.release]?.regions[event.region]?.phase = .baking(until: event.until)
        case .verdictReached(let event): releases[event.release]?.judge(event, at: now)
        case .returnStarted(let event): releases[event.release]?.startReturn(event, at: now)
        case .regionReturning(let event): turnBack(event)
        case .regionReturned(let event): releases[event.release]?.endReturn(of: event, at: now)
        case .releasePaused(let event):
            releases[event.release]?.paused = ReleaseState.Pause(by: event.by, reason: event.reason, since: now)
        case .releaseResumed(let event): releases[event.release]?.paused = nil
        case .releaseStopped(let event): releases[event.release]?.phase = .stopped(reason: event.reason)
        case .releaseEnded(let event): end(event, at: now)
        case .actRefused: break
        case .attested(let event): evidence.apply(event, at: now)
        case .attestationRevoked(let event): evidence.apply(event)
        case .waived(let event): evidence.apply(event, at: now)
        case .voteCast, .taskDone, .checkTurned, .checkConcluded, .decisionsVoided, .releaseRepinned, .glassBroken:
            applyToGates(event, at: now)
        case .freezeDeclared, .freezeLifted, .oncallOverridden, .planRegistered, .planWithdrawn, .trainDeparted,
            .candidateSought, .candidateCut, .candidateDropped, .arrivalsBegan, .tagArrived, .alarmRaised,
            .alarmCleared, .debtOpened, .debtPaid, .noticeQueued,
            .noticeSettled:
            applyToSchedule(event, at: now)
        case .retryPlanned, .failureDiagnosed, .regionsPinned, .regionsUnpinned, .partReturning, .comparisonConcluded:
            applyToRollout(event, at: now)
        }
    }

    private mutating func add(_ event: ReleaseStarted, at now: Instant) {
        releaseCounts[event.plan.name, default: 0] += 1
        releases[event.release] = ReleaseState(
            id: event.release,
            plan: event.plan,
            planDigest: event.planDigest,
            artifacts: event.artifacts,
            services: event.services,
            lane: event.lane,
            adHocUntil: event.adHocUntil,
            candidate: event.candidate,
            tags: event.tags,
            releaseDigest: event.releaseDigest,
            author: event.author,
            description: event.description,
            started: now,
            waveReached: now
        )
        if let first = releases[event.release]?.nextStage(from: 0) { releases[event.release]?.position.stage = first }
    }

    private mutating func start(_ event: RegionStarted, at now: Instant) {
        guard let release = releases[event.release] else { return }
        for (service, generation) in event.generations {
            targets[TargetKey(region: event.region, service: service)] = Target(
                generation: generation,
                desired: release.artifacts[service],
                release: event.release
            )
        }
        releases[event.release]?.regions[event.region] = RegionState(
            position: release.position,
            started: now,
            hosts: OrderedDictionary(uniqueKeysWithValues: event.hosts.map { ($0, HostProgress()) }),
            generations: event.generations,
            previous: event.previous,
            hostsLeft: event.hosts.count
        )
    }

    private mutating func issue(_ event: OrderIssued) {
        sequence = event.sequence
        releases[event.release]?.issue(event)
        let timeout = releases[event.release]?.timeout(in: event.region) ?? .zero
        for host in event.hosts {
            fleet.hosts[HostKey(region: event.region, host: host)]?.outstanding.append(
                OutstandingOrder(
                    release: event.release,
                    order: event.order,
                    service: event.service,
                    generation: event.generation,
                    until: event.expires + timeout
                )
            )
        }
    }

    private mutating func renew(_ event: OrderRenewed) {
        sequence = event.sequence
        releases[event.release]?.orders[event.order]?.issued.sequence = event.sequence
        releases[event.release]?.orders[event.order]?.issued.notBefore = event.notBefore
        releases[event.release]?.orders[event.order]?.issued.expires = event.expires
        guard let order = releases[event.release]?.orders[event.order] else { return }
        let timeout = releases[event.release]?.timeout(in: order.issued.region) ?? .zero
        for name in order.awaited {
            let host = HostKey(region: order.issued.region, host: name)
            guard let place = fleet.hosts[host]?.outstanding.firstIndex(where: { $0.order == event.order }) else {
                continue
            }
            fleet.hosts[host]?.outstanding[place].until = event.expires + timeout
        }
    }

    private mutating func refuse(_ event: OrderRefused) {
        forget(event.refusal.order, of: event.host)
        releases[event.release]?.answer(
            event.refusal.order,
            host: event.host,
            success: false,
            sentence: "refused the order (\(event.refusal.code)): \(event.refusal.sentence)"
        )
    }

    private mutating func settle(_ receipt: Receipt) {
        // A host works on one order of a service at a time, so older ones will never be answered.
        fleet.hosts[receipt.host]?.outstanding.removeAll {
            $0.service == receipt.service && $0.generation < receipt.generation
        }
        forget(receipt.order, of: receipt.host)
        fleet.hosts[receipt.host]?.running[receipt.service] = receipt.running
        releases[receipt.release]?.answer(
            receipt.order,
            host: receipt.host,
            success: receipt.outcome == .applied,
            sentence: receipt.sentence,
            links: receipt.links,
            warnings: receipt.warnings
        )
    }

    private mutating func forget(_ order: OrderID, of host: HostKey) {
        fleet.hosts[host]?.outstanding.removeAll { $0.order == order }
    }

    private mutating func turnBack(_ event: RegionReturning) {
        guard let region = releases[event.release]?.regions[event.region] else { return }
        for (service, generation) in event.generations {
            targets[TargetKey(region: event.region, service: service)] = Target(
                generation: generation,
                desired: region.previous[service],
                release: event.release
            )
        }
        releases[event.release]?.regions[event.region]?.turnBack(event)
    }

    private mutating func end(_ event: ReleaseEnded, at now: Instant) {
        releases[event.release]?.end(event, at: now)
        let ended = releases.values.filter { !$0.isActive }
        guard ended.count > Self.endedReleases_max, let oldest = ended.first else { return }
        releases.removeValue(forKey: oldest.id)
        evidence.waivers[oldest.id] = nil
    }
}

extension FleetState {
    fileprivate mutating func apply(_ event: Event, at now: Instant) {
        switch event {
        case .joinTokenMade(let event):
            joinTokens = joinTokens.filter { $0.value.expires > now }
            joinTokens[event.tokenDigest] = JoinTokenState(region: event.region, expires: event.expires)
        case .hostEnrolled(let event):
            joinTokens[event.tokenDigest]?.usedBy = event.host.host
            joinTokens[event.tokenDigest]?.usedKey = event.publicKey
            let before = hosts[event.host]
            hosts[event.host] = HostState(
                publicKey: event.publicKey,
                enrolled: now,
                revoked: false,
                outstanding: before?.outstanding ?? [],
                running: before?.running ?? [:]
            )
            var members = Set(hostsByRegion[event.host.region] ?? [])
            members.insert(event.host.host)
            hostsByRegion[event.host.region] = members.sorted()
        case .hostRevoked(let event): hosts[event.host]?.revoked = true
        default: break
        }
    }
}

extension ReleaseState {
    fileprivate mutating func startWave(at now: Instant) {
        waveStarted = true
        regionsHealthyInWave = 0
        gates.regionsReached = [:]
        noteReached(at: now)
    }

    fileprivate mutating func promote(at now: Instant) {
        waveStarted = false
        waveReached = now
        position.wave += 1
        guard position.wave == plan.stages[position.stage].waves.count else { return }
        gates.stagesEnded[plan.stages[position.stage].name] = now
        position = WavePosition(stage: nextStage(from: position.stage + 1), wave: 0)
    }

    fileprivate mutating func issue(_ event: OrderIssued) {
        orders[event.order] = OrderState(issued: event, awaited: event.hosts)
        regions[event.region]?.issue(event)
    }

    /// A receipt or a refusal. Answers to orders that are no longer awaited change nothing.
    fileprivate mutating func answer(
        _ order: OrderID,
        host: HostKey,
        success: Bool,
        sentence: String,
        links: [String] = [],
        warnings: [String] = []
    ) {
        guard let place = orders[order]?.awaited.firstIndex(of: host.host) else { return }
        orders[order]?.awaited.remove(at: place)
        guard let issued = orders[order]?.issued else { return }
        if orders[order]?.awaited.isEmpty == true { regions[host.region]?.openOrders.removeAll { $0 == order } }
        regions[host.region]?.answer(issued, host: host.host, success: success, sentence: sentence)
        regions[host.region]?.hosts[host.host]?.add(links: links, warnings: warnings)
    }

    fileprivate mutating func judge(_ event: VerdictReached, at now: Instant) {
        let wasHealthy = regions[event.region]?.phase == .healthy
        switch event.verdict {
        case .healthy:
            regions[event.region]?.phase = .healthy
            regionsHealthyInWave += 1
            noteReached(at: now)
        case .unhealthy:
            regions[event.region]?.phase = .unhealthy
            regions[event.region]?.failure = event.reason
            if wasHealthy { regionsHealthyInWave -= 1 }
        }
        regions[event.region]?.healthySamples = event.healthySamples
        regions[event.region]?.unhealthySamples = event.unhealthySamples
        regions[event.region]?.firstUnhealthy = event.firstUnhealthy
        regions[event.region]?.verdictReached = now
    }

    fileprivate mutating func startReturn(_ event: ReturnStarted, at now: Instant) {
        phase = .returning
        ended = nil
        returnStarted = now
        returnEnded = nil
        returnCause = event.cause
        regionsReturning = event.regions.count
    }

    fileprivate mutating func endReturn(of event: RegionReturned, at now: Instant) {
        regions[event.region]?.phase = .returned
        regions[event.region]?.ended = now
        regionsReturning -= 1
        if regionsReturning == 0 { returnEnded = now }
    }

    fileprivate mutating func end(_ event: ReleaseEnded, at now: Instant) {
        phase = .ended(event.outcome)
        paused = nil
        ended = now
        endReason = event.reason
        // What has been answered is in the regions; what has not may still be answered.
        orders = orders.filter { !$0.value.awaited.isEmpty }
    }
}

extension HostProgress {
    static let notes_max = 32

    /// Several orders of one host often say the same.
    fileprivate mutating func add(links newer: [String], warnings: [String]) {
        links += newer.filter { !links.contains($0) }.prefix(max(0, Self.notes_max - links.count))
        self.warnings += warnings.filter { !self.warnings.contains($0) }
            .prefix(max(0, Self.notes_max - self.warnings.count))
    }
}

extension RegionState {
    fileprivate mutating func issue(_ event: OrderIssued) {
        batches = max(batches, event.batch + 1)
        receiptsAwaited += event.hosts.count
        openOrders.append(event.order)
        for host in event.hosts {
            if event.action == .deploy, hosts[host]?.phase == .pending { hostsLeft -= 1 }
            hosts[host]?.phase = event.action == .deploy ? .updating : .returning
            hosts[host]?.servicesAwaited += 1
        }
    }

    fileprivate mutating func answer(_ order: OrderIssued, host: HostName, success: Bool, sentence: String) {
        // An answer to an order of the way out must not count for the way back.
        guard generations[order.service] == order.generation, var progress = hosts[host] else { return }
        receiptsAwaited -= 1
        progress.servicesAwaited -= 1
        if !success {
            progress.phase = order.action == .deploy ? .failed : .stuck
            progress.sentence = sentence
        } else if progress.servicesAwaited == 0 {
            switch progress.phase {
            case .updating: progress.phase = .updated
            case .returning: progress.phase = .returned
            case .pending, .updated, .failed, .returned, .stuck: break
            }
        }
        hosts[host] = progress
    }

    fileprivate mutating func turnBack(_ event: RegionReturning) {
        phase = .returning
        generations = event.generations
        receiptsAwaited = 0
        openOrders = []
        for host in hosts.keys {
            hosts[host]?.servicesAwaited = 0
            if hosts[host]?.phase == .updating { hosts[host]?.phase = .failed }
        }
        for host in event.alreadyBack { hosts[host]?.phase = .returned }
    }
}
