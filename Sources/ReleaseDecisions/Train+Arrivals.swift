import OrderedCollections
import Patterns
import TimeAndChance
import TrainModel

/// Arrivals: a registry whose new tags become artifacts and releases by themselves.
extension Train {
    /// A registry with more tags than this at first is remembered so far only.
    static let tagsAtFirst_max = 20_000

    /// A registry is asked no more often.
    static let tagsPause_min = Interval.seconds(1)

    /// Asks when it is time, starts what waits, and raises the alarm when something is late.
    mutating func lookForArrivals(of name: PlanName, at now: Instant) {
        guard let rule = state.schedule.plans[name]?.plan.train?.arrivals else { return }
        let next = observed.trains.lookedForTags[name].map { $0 + max(rule.every, Self.tagsPause_min) } ?? now
        if next <= now {
            lookForTags(of: name, at: now)
            startArrival(of: name, at: now)
        } else {
            observed.look(at: next, .plan(name))
        }
        lookForLateArrivals(of: name, rule, at: now)
    }

    mutating func lookForTags(of name: PlanName, at now: Instant) {
        guard let rule = state.schedule.plans[name]?.plan.train?.arrivals else { return }
        observed.trains.lookedForTags[name] = now
        perform(.lookForTags(name, rule))
        observed.look(at: now + max(rule.every, Self.tagsPause_min), .plan(name))
    }

    /// What the registry holds. At the first look it is taken stock of; whatever comes later is deployed.
    mutating func take(_ tags: [SeenTag], of name: PlanName, at now: Instant) {
        guard let plan = state.schedule.plans[name]?.plan, let train = plan.train, let rule = train.arrivals else {
            return
        }
        observed.trains.tagsUnseen[name] = nil
        clearAlarm(.nothingArrived, Self.registrySubject(of: name), at: now)
        let wanted = matching(tags, rule).sorted { $0.isOlder(than: $1) }
        guard let atFirst = state.schedule.tagsAtFirst[name] else {
            return beginArrivals(of: name, known: wanted.map(\.tag), at: now)
        }
        for tag in wanted where !atFirst.contains(tag.tag) && state.schedule.arrivals[name]?[tag.tag] == nil {
            arrive(tag, plan.name, train, rule, at: now)
        }
        startArrival(of: name, at: now)
        lookForLateArrivals(of: name, rule, at: now)
    }

    private mutating func beginArrivals(of name: PlanName, known: [Version], at now: Instant) {
        let known = known.sorted { $0.text < $1.text }.prefix(Self.tagsAtFirst_max)
        emit(.arrivalsBegan(ArrivalsBegan(plan: name, known: Array(known))), at: now)
    }

    private func matching(_ tags: [SeenTag], _ rule: ArrivalRule) -> [SeenTag] {
        do {
            let pattern = try Pattern(rule.tagPattern)
            return tags.filter { pattern.matches($0.tag.text) }
        } catch {
            return []
        }
    }

    private mutating func arrive(
        _ tag: SeenTag,
        _ name: PlanName,
        _ train: TrainRule,
        _ rule: ArrivalRule,
        at now: Instant
    ) {
        let key = ArtifactKey(name: rule.artifact, version: tag.tag)
        let artifact = Artifact(name: rule.artifact, version: tag.tag, digest: tag.digest, length_bytes: 0)
        var source = ArtifactSource()
        source.reference = tag.reference
        if let record = state.artifacts[key] {
            // Pushed by its build, perhaps with more to say of where it comes from.
            emit(.tagArrived(TagArrived(plan: name, artifact: record.artifact, source: record.source)), at: now)
        } else {
            emit(.artifactPushed(ArtifactPushed(artifact: artifact, source: source, by: train.actor.name)), at: now)
            emit(.tagArrived(TagArrived(plan: name, artifact: artifact, source: source)), at: now)
        }
    }

    /// Starts a release with the newest arrival that none has taken. What is refused now is tried again at the next look
    /// and when a release of the plan ends.
    mutating func startArrival(of name: PlanName, at now: Instant) {
        guard let registered = state.schedule.plans[name], let train = registered.plan.train, train.arrivals != nil,
            let newest = state.schedule.arrivals[name]?.values.last, newest.release == nil, newest.settled == nil
        else { return }
        let services = registered.plan.services.filter { $0.artifact == newest.artifact.name }.map(\.name)
        let versions = Dictionary(uniqueKeysWithValues: services.map { ($0, newest.artifact.version) })
        do throws(Refusal) {
            let reason = blocked(registered.plan, at: now)
            guard reason.isEmpty else { throw Refusal(.conflict, reason) }
            _ = try start(
                Load(versions: versions, candidate: nil),
                of: registered,
                description: "\(newest.artifact) came to the registry",
                by: train.actor,
                at: now
            )
            observed.trains.refusedArrivals[name] = nil
        } catch {
            observed.trains.refusedArrivals[name] = error.sentence
        }
    }

    // MARK: - What is late

    private mutating func lookForLateArrivals(of name: PlanName, _ rule: ArrivalRule, at now: Instant) {
        guard let late = state.schedule.arrivals[name]?.values.first(where: { $0.settled == nil }) else {
            return clearAlarm(.nothingArrived, name.text, at: now)
        }
        let due = max(late.at, lastCleared(.nothingArrived, name.text)) + rule.deployedWithin
        guard due <= now else { return observed.look(at: due, .plan(name)) }
        let why =
            late.release.map { "its release \($0) has not ended well" }
            ?? observed.trains.refusedArrivals[name].map { "no release has taken it: \($0)" }
            ?? "no release has taken it"
        raiseAlarm(
            .nothingArrived,
            name.text,
            "\(late.artifact) is not in place \(rule.deployedWithin) after it came to the registry: \(why); `wavetrain train depart \(name)` looks and starts now",
            at: now
        )
    }

    /// A registry that nobody can read may hold what should have been deployed. One without the repository holds none of
    /// it yet: the tag that makes the repository is the first that arrives.
    mutating func noteUnseenTags(of name: PlanName, reason: String, isAbsent: Bool, at now: Instant) {
        guard let rule = state.schedule.plans[name]?.plan.train?.arrivals else { return }
        if isAbsent, state.schedule.tagsAtFirst[name] == nil { beginArrivals(of: name, known: [], at: now) }
        let since = observed.trains.tagsUnseen[name] ?? now
        observed.trains.tagsUnseen[name] = since
        guard now - max(since, lastCleared(.nothingArrived, Self.registrySubject(of: name))) >= rule.deployedWithin
        else {
            return
        }
        raiseAlarm(
            .nothingArrived,
            Self.registrySubject(of: name),
            "the registry \(rule.registry)/\(rule.repository) has not been readable for \(rule.deployedWithin): \(reason)",
            at: now
        )
    }

    static func registrySubject(of plan: PlanName) -> String { "\(plan) registry" }
}

extension SeenTag {
    /// By when they were built, where that is known, and then by name: the registry's own order says nothing.
    fileprivate func isOlder(than other: SeenTag) -> Bool {
        let (own, others) = (created ?? Instant(unix_ms: .min), other.created ?? Instant(unix_ms: .min))
        return own == others ? tag.text < other.tag.text : own < others
    }
}

extension TrainRule {
    /// Who started a release that no person did: the train, by its name.
    var actor: Actor { Actor(name: PersonName(name), groups: []) }
}
