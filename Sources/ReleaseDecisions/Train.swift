import OrderedCollections
import TimeAndChance
import TrainModel

/// The controller's whole judgement: what has been decided (`state`), what has been seen, and what follows from the
/// next input.
///
/// Synchronous and free of clocks, chance and IO, so that the simulator, the rehearsal and the tests run what ships.
/// The cost of an input grows with what it changes, not with the fleet or the history. The caller makes a decision's
/// events durable before it performs the effects; on failure it must discard the whole value and recover from the
/// store, because `state` is already ahead.
public struct Train: Sendable {
    public internal(set) var state: TrainState
    var observed = Observations()
    var revisions = Revisions()
    /// What the input in hand has come to so far.
    private var decision = Decision()
    /// How many of its events have had their consequences.
    private var followed = 0
    /// SHA-256, because this part holds no cryptography.
    let digest: @Sendable ([UInt8]) -> Digest

    /// `state` is the fold of every durable event. Follow with `.leaderStarted`.
    public init(state: TrainState, digest: @escaping @Sendable ([UInt8]) -> Digest) {
        self.state = state
        self.digest = digest
    }

    public mutating func handle(_ input: Input, at now: Instant) -> Decision {
        decision = Decision()
        followed = 0
        observed.now = now
        observed.evidence = [:]
        switch input {
        case .leaderStarted: takeLead(at: now)
        case .command(let command, let actor): decision.answer = obey(command, by: actor, at: now)
        case .enrolment(let request): decision.answer = enrol(request, at: now)
        case .linkOpened(let host, let running): linkOpened(host, running: running, at: now)
        case .linkClosed(let host): linkClosed(host, at: now)
        case .orderArrived(let host, let order):
            seen(host, at: now)
            if state.fleet.hosts[host]?.outstanding.contains(where: { $0.order == order }) == true {
                observed.arrived[host, default: []].insert(order)
            }
        case .progress(let host, let progress): note(progress, from: host, at: now)
        case .samples(let host, let samples): weigh(samples, from: host, at: now)
        case .refusal(let host, let refusal): take(refusal, from: host, at: now)
        case .receipt(let receipt, let envelope): take(receipt, envelope: envelope, at: now)
        case .probed(let key, let answer): weigh(answer, to: key, at: now)
        case .tagsSeen, .tagsUnseen, .changesFound, .noticeAnswered: hear(input, at: now)
        case .tick: break
        }
        repeat {
            while let due = observed.nextDue(now) { look(at: due, now) }
            followUp(at: now)
        } while observed.nextDeadline.map { $0 <= now } == true
        if let next = observed.nextDeadline { perform(.wake(at: next)) }
        defer { decision = Decision() }
        return decision
    }

    private mutating func look(at due: Matter, _ now: Instant) {
        switch due {
        case .region(let release, let region):
            revisions.changed(release)
            look(at: region, of: release, at: now)
        case .release(let release):
            revisions.changed(release)
            lookAtGates(of: release, at: now)
        case .plan(let plan): keepSchedule(of: plan, at: now)
        case .stage(let release, let stage): lookForOverdue(stage, of: release, at: now)
        case .adHoc(let release): endAdHoc(release, at: now)
        case .notice(let id): deliverAgain(id, at: now)
        }
    }

    /// Gives every fact its consequences for debts, alarms and notices, which may have some of their own.
    private mutating func followUp(at now: Instant) {
        while followed < decision.events.count {
            followed += 1
            follow(decision.events[followed - 1], at: now)
        }
    }

    // MARK: - What the steps use

    /// Records a fact: it is in the state at once and durable before any effect.
    mutating func emit(_ event: Event, at now: Instant) {
        state.apply(event, at: now)
        if let release = event.release { revisions.changed(release) }
        if let region = event.regionForAll { revisions.changed(region) }
        decision.events.append(event)
    }

    mutating func perform(_ effect: Effect) {
        decision.effects.append(effect)
    }

    // MARK: - Start

    private mutating func takeLead(at now: Instant) {
        emit(.epochBegan(EpochBegan(epoch: state.epoch + 1)), at: now)
        for release in state.releases.values where release.isActive {
            for (name, region) in release.regions {
                for order in region.openOrders {
                    if let expires = release.orders[order]?.issued.expires {
                        observed.look(at: expires, release.id, name)
                    }
                }
                if case .baking(let until) = region.phase { observed.look(at: until, release.id, name) }
                look(at: name, of: release.id, at: now)
            }
            watchFreezes(of: release.id, at: now)
            advance(release.id, at: now)
        }
        takeUpTrains(at: now)
    }

    // MARK: - Links

    private mutating func linkOpened(_ host: HostKey, running: [RunningService], at now: Instant) {
        seen(host, at: now)
        observed.arrived[host] = Set(running.compactMap(\.order))
        observed.connected.insert(host)
        revisions.changed(host.region)
        deliverOutstanding(to: host)
        lookAgain(at: host.region, at: now)
    }

    private mutating func linkClosed(_ host: HostKey, at now: Instant) {
        observed.connected.remove(host)
        revisions.changed(host.region)
        observed.lastSeen[host] = now
    }

    mutating func deliverOutstanding(to host: HostKey) {
        for outstanding in state.fleet.hosts[host]?.outstanding ?? []
        where mayDeliver(outstanding.order, of: outstanding.release) {
            perform(.deliver(outstanding.order, of: outstanding.release, to: [host]))
        }
    }

    /// Availability in the region has changed: whoever waits for it looks again.
    mutating func lookAgain(at region: RegionName, at now: Instant) {
        for release in state.releases.values.reversed() where release.isActive {
            if release.regions[region] != nil {
                look(at: region, of: release.id, at: now)
            } else if release.waveStarted, release.current?.wave.regions.contains(region) == true {
                advance(release.id, at: now)
            }
        }
    }

    mutating func seen(_ host: HostKey, at now: Instant) {
        observed.lastSeen[host] = now
    }
}
