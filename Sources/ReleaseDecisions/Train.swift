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
        case .linkOpened(let host, _, _, let trouble?): linkOpened(host, inTrouble: trouble, at: now)
        case .linkOpened(let host, let running, let epoch, nil):
            catchUp(with: host, epoch: epoch, running, at: now)
            linkOpened(host, running: running, at: now)
        case .linkClosed(let host): linkClosed(host, at: now)
        case .orderArrived(let host, let order):
            seen(host, at: now)
            if state.outstanding(order, of: host) != nil { observed.arrived[host, default: []].insert(order) }
        case .progress(let host, let progress): note(progress, from: host, at: now)
        case .samples(let host, let samples): weigh(samples, from: host, at: now)
        case .clockRead(let host, let reading): weigh(reading, of: host, at: now)
        case .refusal(let host, let refusal): take(refusal, from: host, at: now)
        case .receipt(let receipt, let envelope): take(receipt, envelope: envelope, at: now)
        case .probed(let key, let answer): weigh(answer, to: key, at: now)
        case .tagsSeen, .tagsUnseen, .changesFound, .noticeAnswered: hear(input, at: now)
        case .bundlesLookedAt(let rule): lookAtBundles(by: rule, at: now)
        case .tick: break
        }
        repeat {
            for due in observed.deadlines.popDue(now) { takeUp(due, at: now) }
            followUp(at: now)
        } while observed.deadlines.next.map { $0 <= now } == true
        if let next = observed.deadlines.next { perform(.wake(at: next)) }
        defer { decision = Decision() }
        return decision
    }

    /// Gives every fact its consequences for debts, alarms and notices, which may have some of their own.
    private mutating func followUp(at now: Instant) {
        repeat {
            while followed < decision.events.count {
                followed += 1
                heed(decision.events[followed - 1], at: now)
                followGates(decision.events[followed - 1], at: now)
            }
            tellWaiting(at: now)
        } while followed < decision.events.count
    }

    // MARK: - What the steps use

    /// Records a fact: it is in the state at once and durable before any effect.
    mutating func emit(_ event: Event, at now: Instant) {
        state.apply(event, at: now)
        if let release = event.release { revisions.changed(release) }
        if let region = event.regionForAll { revisions.changed(region) }
        if event.isShownByAll { revisions.changedForAll() }
        follow(event, at: now)
        decision.events.append(event)
    }

    mutating func perform(_ effect: Effect) {
        decision.effects.append(effect)
    }

    // MARK: - Start

    private mutating func takeLead(at now: Instant) {
        observed.began = now
        emit(.epochBegan(EpochBegan(epoch: state.epoch + 1)), at: now)
        for host in state.fleet.hosts.keys { judgeStanding(of: host, at: now) }
        for id in state.releases.keys where state.releases[id]?.isActive == true {
            for order in state.releases[id]?.orders.values.filter({ $0.awaitedCount > 0 }) ?? [] {
                observed.deadlines.wish(at: order.issued.expires, .order(order.issued.order, of: id))
            }
            for region in state.releases[id]?.regions.keys ?? [] {
                openRoom(in: region, of: id, at: now)
                openComparisons(in: region, of: id, at: now)
                if case .baking(let until) = state.releases[id]?.regions[region]?.phase {
                    observed.deadlines.wish(at: until, .region(region, of: id))
                }
                look(at: region, of: id, at: now)
            }
            watchFreezes(of: id, at: now)
            advance(id, at: now)
        }
        takeUpTrains(at: now)
    }

    private mutating func takeUp(_ due: Deadlines.Subject, at now: Instant) {
        switch due {
        case .region(let region, let id):
            revisions.changed(id)
            look(at: region, of: id, at: now)
        case .order(let order, let id):
            renewIfExpired(order, of: id, at: now)
            wishToForget(order, of: id, at: now)
            for host in state.releases[id]?.orders[order].map(state.awaited) ?? [] { judgeStanding(of: host, at: now) }
        case .host(let host):
            judgeStanding(of: host, at: now)
            lookAgain(at: host.region, at: now)
        case .release(let id):
            revisions.changed(id)
            lookAtGates(of: id, at: now)
        case .stage(let id, let stage): lookForOverdue(stage, of: id, at: now)
        case .adHoc(let id): endAdHoc(id, at: now)
        case .plan(let plan): keepSchedule(of: plan, at: now)
        case .notice(let id): deliverAgain(id, at: now)
        }
    }

    // MARK: - Links

    private mutating func linkOpened(_ host: HostKey, running: [RunningService], at now: Instant) {
        seen(host, at: now)
        revisions.changed(host.region)
        observed.arrived[host] = Set(running.compactMap(\.order))
        observed.connected.insert(host)
        settleTrouble(of: host, at: now)
        observed.health[host] = health(of: host, running)
        judgeStanding(of: host, at: now)
        deliverOutstanding(to: host)
        lookAgain(at: host.region, at: now)
    }

    private mutating func linkClosed(_ host: HostKey, at now: Instant) {
        seen(host, at: now)
        revisions.changed(host.region)
        observed.connected.remove(host)
        observed.clocks[host] = nil
        observed.troubles[host] = nil
        judgeStanding(of: host, at: now)
        // On a way back nobody waits for it any more.
        lookAgain(at: host.region, at: now)
    }

    mutating func deliverOutstanding(to host: HostKey) {
        for outstanding in state.fleet.hosts[host]?.outstanding ?? []
        where mayDeliver(outstanding.order, of: outstanding.release)
            && state.releases[outstanding.release]?.regions[host.region]?
                .generation(of: outstanding.service, on: host.host) == outstanding.generation
        {
            perform(.deliver(outstanding.order, of: outstanding.release, to: [host]))
        }
    }

    /// Availability in the region may have changed: whoever works there looks again, the newest first.
    mutating func lookAgain(at region: RegionName, at now: Instant) {
        for id in observed.releases[region]?.reversed() ?? [] { look(at: region, of: id, at: now) }
    }

    mutating func seen(_ host: HostKey, at now: Instant) {
        observed.lastSeen[host] = now
    }
}
