import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Hosts at work: they take orders, work on them for a while, and answer.
extension World {
    mutating func receive(_ order: Order, at key: HostKey) {
        guard let host = hosts[key], host.isConnected else { return }
        if let receipt = host.receipts[order.id] {
            give(.receipt(receipt, envelope: ""))
        } else if host.inHand[order.service]?.order.id == order.id {
            give(.orderArrived(key, order.id))
        } else if host.waiting[order.service]?.order.id == order.id {
            hosts[key]?.waiting[order.service]?.order = order
            give(.orderArrived(key, order.id))
        } else if let refusal = host.objection(to: order, at: now) {
            give(.refusal(key, refusal))
        } else {
            take(order, at: key)
        }
    }

    private mutating func take(_ order: Order, at key: HostKey) {
        hosts[key]?.epochHighest = order.epoch
        hosts[key]?.newest[order.service] = (order.generation, order.attempt)
        if let overtaken = hosts[key]?.waiting.removeValue(forKey: order.service) {
            let failure = HostFailure(
                step: .accept,
                code: "superseded",
                sentence: "a newer order, of generation \(order.generation), came before this one began"
            )
            answer(overtaken.order, at: key, accepted: overtaken.accepted, .returned, failure)
        }
        give(.orderArrived(key, order.id))
        if hosts[key]?.inHand[order.service] == nil {
            begin(order, at: key, accepted: now)
        } else {
            hosts[key]?.waiting[order.service] = (order, now)
        }
    }

    private mutating func begin(_ order: Order, at key: HostKey, accepted: Instant) {
        hosts[key]?.begun[order.id, default: 0] += 1
        never.watchWork(of: order, at: key, times: hosts[key]?.begun[order.id] ?? 0)
        var chance = SeededGenerator(seed: options.seed, about: "\(key) \(order.id)")
        let wanted = isPast ? .zero : options.work.drawn(&chance) * Int64(options.slowness[key.region] ?? 1)
        let isOverdue = wanted > order.timeout
        hosts[key]?.inHand[order.service] = SimulatedHost.Work(order: order, accepted: accepted, isOverdue: isOverdue)
        agenda.add(.worked(key, order.service), at: now + min(wanted, order.timeout))
    }

    mutating func endWork(of service: ServiceName, at key: HostKey) {
        guard let work = hosts[key]?.inHand.removeValue(forKey: service) else { return }
        let order = work.order
        var failure = work.isOverdue ? HostFailure.overdue(order) : injectedFailure(of: order, at: key)
        failure?.matchRule(of: order)
        if let found = failure, !found.isOnlyWarning(of: order) {
            let isBack = hosts[key]?.running[service] != nil
            answer(order, at: key, accepted: work.accepted, isBack ? .returned : .failed, found)
        } else {
            apply(order, at: key)
            answer(order, at: key, accepted: work.accepted, .applied, failure)
        }
        guard let next = hosts[key]?.waiting.removeValue(forKey: service) else { return }
        begin(next.order, at: key, accepted: next.accepted)
    }

    private mutating func apply(_ order: Order, at key: HostKey) {
        // A restart changes nothing but the process.
        let isNew =
            order.action == .restart ? hosts[key]?.running[order.service]?.isNew == true : order.action == .deploy
        let deployment = SimulatedHost.Deployment(
            artifact: order.artifact,
            generation: order.generation,
            since: now,
            isNew: isNew && !isPast,
            every: order.checks.isEmpty ? nil : order.watchEvery,
            told: now
        )
        hosts[key]?.running[order.service] = deployment
        hosts[key]?.known.insert(order.artifact.digest)
        hosts[key]?.unhealthy.remove(order.service)
        guard !isPast, let every = deployment.every else { return }
        // The first sample of what runs now; decisions may wait for it.
        agenda.add(.spoke(key), at: now + every)
        planIllness(of: deployment, order.service, at: key)
    }

    private mutating func answer(
        _ order: Order,
        at key: HostKey,
        accepted: Instant,
        _ outcome: Receipt.Outcome,
        _ failure: HostFailure?
    ) {
        let isApplied = outcome == .applied
        let running = hosts[key]?.running[order.service]?.artifact
        let receipt = Receipt(
            cluster: order.cluster,
            host: key,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: .simulated(order.id.text),
            outcome: outcome,
            failedStep: isApplied ? nil : failure?.step,
            code: isApplied ? "" : failure?.code ?? "",
            sentence: isApplied ? "" : failure?.sentence ?? "",
            running: running.map { Receipt.Running(name: $0.name, version: $0.version, digest: $0.digest) },
            steps: failure?.stepOutcomes(from: accepted, to: now) ?? [],
            links: isApplied ? options.links[order.service] ?? [] : [],
            warnings: isApplied ? failure.map { [$0.warning(of: order)] } ?? [] : [],
            rule: failure?.rule ?? "",
            findings: failure?.findings(of: order) ?? [],
            accepted: accepted,
            finished: now
        )
        hosts[key]?.receipts[order.id] = receipt
        hosts[key]?.unacknowledged.append(order.id)
        guard hosts[key]?.isConnected == true else { return }
        give(.receipt(receipt, envelope: ""))
    }

    /// The first injected failure that strikes, which is counted.
    private mutating func injectedFailure(of order: Order, at key: HostKey) -> HostFailure? {
        guard !isPast else { return nil }
        for (index, failure) in options.failures.enumerated()
        where failure.action == order.action && failure.place.holds(key, order.service, order.artifact.version)
            && failure.times.map({ struck[index] < $0 }) ?? true
        {
            struck[index] += 1
            return HostFailure(failure, of: order)
        }
        return nil
    }

    // MARK: - Links

    mutating func change(linkOf key: HostKey, isUp: Bool) {
        guard hosts[key] != nil else { return }
        hosts[key]?.isConnected = isUp
        guard isUp else {
            give(.linkClosed(key))
            return
        }
        give(.linkOpened(key, running: hosts[key]?.greeting ?? [], epochHighest: hosts[key]?.epochHighest ?? 0))
        for order in hosts[key]?.unacknowledged ?? [] {
            if let receipt = hosts[key]?.receipts[order] { give(.receipt(receipt, envelope: "")) }
        }
        tell(from: key)
    }

    // MARK: - The beginning

    /// Lets a plan be known to the world: its regions get hosts, its groups members.
    public mutating func join(_ plan: Plan) {
        plans[plan.name] = plan
        directory.admit(plan, options.people)
        for region in plan.stages.flatMap(\.waves).flatMap(\.regions) {
            guard hostsByRegion[region] == nil else { continue }
            let count = max(0, options.hosts[region] ?? options.hostsPerRegion)
            let names = (0..<count).compactMap { HostName("host-\($0 + 1)") }
            hostsByRegion[region] = names.map { HostKey(region: region, host: $0) }.sorted()
            for key in hostsByRegion[region] ?? [] { enrol(key) }
        }
    }

    private mutating func enrol(_ key: HostKey) {
        let token = Digest.simulated("token \(key)")
        hosts[key] = SimulatedHost(key)
        give(
            .command(
                .makeJoinToken(tokenDigest: token, region: key.region, lifetime: .hours(1)),
                by: directory.releaseOperator
            )
        )
        give(.enrolment(EnrolmentRequest(tokenDigest: token, host: key.host, publicKey: "key of \(key)")))
        change(linkOf: key, isUp: true)
    }

    /// Silences and freezes that the options ask for.
    mutating func planTroubles() {
        for silence in options.silences {
            agenda.add(.link(silence.host, isUp: false), at: max(now, silence.from ?? now))
            if let until = silence.until { agenda.add(.link(silence.host, isUp: true), at: max(now, until)) }
        }
        for freeze in options.freezes {
            let command = Command.freeze(plan: freeze.plan, until: freeze.until, reason: freeze.reason)
            agenda.add(.command(command, by: directory.releaseOperator), at: max(now, freeze.from))
        }
    }
}
