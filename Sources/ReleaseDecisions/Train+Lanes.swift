import OrderedCollections
import TimeAndChance
import TrainModel

/// Lanes: shorter ways for what cannot wait.
extension Train {
    func lane(of request: StartRelease, by actor: Actor, at now: Instant) throws(Refusal) -> LaneRule? {
        guard let name = request.lane else { return nil }
        let plan = request.plan
        guard let lane = plan.lanes.first(where: { $0.name == name }) else {
            let known = plan.lanes.isEmpty ? "it has none" : "it has \(Self.list(plan.lanes.map(\.name.text)))"
            throw Refusal(.notFound, "plan \(plan.name) has no lane \(name); \(known)")
        }
        guard isOne(of: lane.by, actor, in: plan, at: now) else {
            throw mayNot(actor, lane.by, "start a release in lane \(name)", in: plan, at: now)
        }
        return lane
    }
}

extension Plan {
    /// The plan as it holds in a lane: others than whoever starts a release approve it before its first wave.
    func inLane(_ lane: LaneRule?) -> Plan {
        guard let lane, let quorum = lane.quorum, quorum > 1,
            let first = stages.firstIndex(where: { runs($0.name, lane: lane) && !$0.waves.isEmpty })
        else { return self }
        var rule = ApprovalRule(by: lane.by, quorum: quorum - 1, notAuthor: true)
        rule.instructions = "Lane \(lane.name) takes \(quorum) people, whoever started the release among them."
        var plan = self
        plan.stages[first].waves[0].gates.append(.approval(rule))
        return plan
    }
}
