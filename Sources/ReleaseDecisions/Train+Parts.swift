import OrderedCollections
import TimeAndChance
import TrainModel

/// Sending back a part of a release, while the rest of it stays.
extension Train {
    /// Returns parts and sets, and releases what was returned.
    mutating func returnPart(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        switch command {
        case .rollBackPart(let id, let regions, let services, let hosts, let reason):
            let choice = PartChoice(regions: regions, services: services, hosts: hosts)
            return try rollBack(choice, of: id, reason: reason, by: actor, at: now)
        case .rollBackSet(let plan, let stage, let reason):
            return try rollBackSet(StageKey(plan: plan, stage: stage), reason: reason, by: actor, at: now)
        case .unpin(let id, let reason): return try unpin(id, reason: reason, by: actor, at: now)
        default: throw Refusal(.invalid, "this act returns nothing")
        }
    }

    private mutating func rollBack(
        _ choice: PartChoice,
        of id: ReleaseID,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard let release = state.releases[id] else {
            throw Refusal(.notFound, "there is no release \(id); `release list` names them")
        }
        guard release.phase != .returning else {
            throw Refusal(.conflict, "\(id) is on its way back already; wait until it has returned")
        }
        let parts = try choice.parts(of: release)
        for part in parts { try requireReturnable(part, of: release) }
        let held = endPause(of: id, by: actor, at: now)
        let cause = reason.isEmpty ? "\(actor.name) asked for it" : reason
        startReturn(of: parts, in: id, cause: cause, by: actor.name, isPart: true, at: now)
        sendAgain(held, of: id, at: now)
        return .done
    }

    func requireReturnable(_ part: ReturnPart, of release: ReleaseState) throws(Refusal) {
        guard let progress = release.regions[part.region] else { return }
        try requireOwn(part.services, in: part.region, of: release.id)
        try requireUntouched(part.targets, except: release.id)
        let goal = part.goal ?? progress.previous
        if let first = part.services.first(where: { goal[$0] == nil }) {
            throw Refusal(
                .conflict,
                "\(first) was never judged healthy in \(part.region) before, so there is nothing to return to"
            )
        }
        // An answer to what is under way would be taken for one to the way back.
        let isSome = part.services.count < release.services(in: part.region).count
        guard !isSome || (progress.isSettled && progress.phase != .deploying) else {
            throw Refusal(
                .conflict,
                "\(part.region) is still at work for \(release.id); wait for it, or roll back all its services there"
            )
        }
    }
}

/// What a person names; empty lists: all of the release.
private struct PartChoice {
    let regions: [RegionName]
    let services: [ServiceName]
    let hosts: [HostKey]

    func parts(of release: ReleaseState) throws(Refusal) -> [ReturnPart] {
        if let stranger = services.first(where: { !release.services.contains($0) }) {
            throw Refusal(
                .notFound,
                "\(release.id) has not deployed \(stranger); it has \(release.services.listed)"
            )
        }
        var named: OrderedSet<RegionName> = OrderedSet(regions).union(hosts.map(\.region))
        if named.isEmpty { named = OrderedSet(release.regions.filter { $0.value.phase != .returned }.keys) }
        var parts: [ReturnPart] = []
        for region in named {
            if let part = try part(of: region, release) { parts.append(part) }
        }
        guard !parts.isEmpty else {
            throw Refusal(.conflict, "\(release.id) has touched nothing of that which could return")
        }
        return parts
    }

    /// Nil: the region has none of the services, and nobody has named it.
    private func part(of region: RegionName, _ release: ReleaseState) throws(Refusal) -> ReturnPart? {
        guard let progress = release.regions[region], progress.phase != .returned else {
            throw Refusal(.conflict, "\(release.id) has nothing in \(region) that could return")
        }
        let all = release.services(in: region)
        let chosen = services.isEmpty ? all : all.filter(services.contains)
        guard !chosen.isEmpty else {
            guard regions.contains(region) else { return nil }
            throw Refusal(.notFound, "\(release.id) has deployed none of \(services.listed) in \(region)")
        }
        let here = regions.contains(region) ? [] : hosts.filter { $0.region == region }
        for host in here {
            switch progress.hosts[host.host]?.phase {
            case .updating, .updated, .failed: continue
            case .pending, .returning, .returned, .stuck, .revoked, nil:
                throw Refusal(.conflict, "\(release.id) has put nothing on \(host) that could return")
            }
        }
        return ReturnPart(
            region: region,
            services: chosen,
            hosts: here.map(\.host).sorted(),
            isWhole: here.isEmpty && chosen.count == all.count
        )
    }
}
