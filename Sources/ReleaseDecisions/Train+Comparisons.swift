import Comparisons
import OrderedCollections
import TimeAndChance
import TrainModel

/// Error rates with the change against those without it. A rise that matters condemns the region at once; without data
/// enough a required comparison holds its verdict.
extension Train {
    /// One cause makes about so many samples of a host unhealthy in a row.
    private static let samplesAtOnce = 5
    private static let counterTimeout = Interval.seconds(10)
    /// Regions whose counters are read before their turn.
    private static let regionsAhead_max = 50

    // MARK: - Before

    /// Reads the counters of regions that wait for their turn: the time before the change.
    mutating func askBefore(_ wave: Wave, of id: ReleaseID, at now: Instant) {
        let rules = wave.bake.comparisons.filter { $0.counters != nil }
        guard !rules.isEmpty, state.releases[id]?.phase == .running else { return }
        let count_max = wave.regionsAtOnce ?? Self.regionsAhead_max
        for region in state.releases[id]?.untouched(wave, count_max: count_max) ?? [] {
            for rule in rules { askBefore(rule, in: region, of: id, wave.bake, at: now) }
        }
    }

    private mutating func askBefore(
        _ rule: ComparisonRule,
        in region: RegionName,
        of id: ReleaseID,
        _ bake: Bake,
        at now: Instant
    ) {
        let key = WorkKey(release: id, region: region)
        let next = observed.askedBefore[key]?[rule.name].map { $0 + rule.every } ?? now
        guard next <= now else { return observed.look(at: next, id, nil) }
        observed.askedBefore[key, default: [:]][rule.name] = now
        observed.countersBefore[key, default: [:]][rule.name, default: RecentCounters()].turn(bake.window, at: now)
        ask(rule, in: region, of: id, at: now)
        observed.look(at: now + rule.every, id, nil)
    }

    private mutating func ask(_ rule: ComparisonRule, in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let (errors, total) = rule.counters, let release = state.releases[id] else { return }
        for (kind, field, isErrors) in [(errors, rule.errorsField, true), (total, rule.totalField, false)] {
            let key = ProbeKey.comparison(id, region, name: rule.name, isErrors: isErrors)
            let question = release.asked(kind, in: region, now)
            perform(.probe(key, question, field: field ?? "", timeout: Self.counterTimeout))
        }
    }

    // MARK: - During

    mutating func openComparisons(in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region],
            let bake = release.wave(of: region)?.bake,
            !bake.comparisons.isEmpty, progress.isUnderJudgement
        else { return }
        let key = WorkKey(release: id, region: region)
        var comparisons = RegionComparisons(baseline: observed.versions)
        for rule in bake.comparisons {
            var entry = RegionComparisons.State(next: now)
            if let known = observed.countersBefore[key]?[rule.name] { (entry.before, entry.after) = known.ended }
            entry.isIdle = rule.counters == nil && comparedServices(of: release, in: region).isEmpty
            comparisons.states[rule.name] = entry
        }
        observed.countersBefore[key] = nil
        observed.askedBefore[key] = nil
        observed.comparisons[key] = comparisons
    }

    /// Makes the looks that are due. Harmless, and nearly free, when none is.
    mutating func compare(in region: RegionName, of id: ReleaseID, at now: Instant) {
        let key = WorkKey(release: id, region: region)
        guard observed.comparisons[key] != nil, let bake = state.releases[id]?.wave(of: region)?.bake else { return }
        for rule in bake.comparisons {
            guard let next = observed.comparisons[key]?.states[rule.name]?.next else { continue }
            guard next <= now else {
                observed.look(at: next, id, region)
                continue
            }
            observed.comparisons[key]?.states[rule.name]?.next = now + rule.every
            observed.look(at: now + rule.every, id, region)
            if rule.counters == nil {
                judge(rule, in: region, of: id, at: now)
            } else {
                ask(rule, in: region, of: id, at: now)
            }
        }
    }

    mutating func compare(_ answer: ProbeAnswer, to key: ProbeKey, at now: Instant) {
        guard case .comparison(let id, let region, let name, let isErrors) = key, let value = answer.counterValue else {
            return
        }
        let work = WorkKey(release: id, region: region)
        guard observed.comparisons[work]?.states[name] != nil else {
            observed.countersBefore[work]?[name]?.read(value, isErrors: isErrors)
            return
        }
        observed.comparisons[work]?.states[name]?.read(value, isErrors: isErrors)
        revisions.changed(id)
        guard let rule = state.releases[id]?.wave(of: region)?.bake.comparisons.first(where: { $0.name == name }) else {
            return
        }
        judge(rule, in: region, of: id, at: now)
        look(at: region, of: id, at: now)
    }

    private mutating func judge(_ rule: ComparisonRule, in region: RegionName, of id: ReleaseID, at now: Instant) {
        let key = WorkKey(release: id, region: region)
        let results = results(of: rule, in: region, of: id)
        guard let worst = results.first(where: { $0.verdict == .worse }) ?? results.min(by: { $0.least < $1.least })
        else {
            return
        }
        observed.comparisons[key]?.states[rule.name]?.result = worst
        guard worst.verdict == .worse else { return }
        let sentence = rule.words(worst)
        emit(
            .comparisonConcluded(
                ComparisonConcluded(release: id, region: region, name: rule.name, isWorse: true, sentence: sentence)
            ),
            at: now
        )
        observed.comparisons[key] = nil
        condemn(region, of: id, RegionFailure(reason: "\(rule.name) is worse: \(sentence)"), at: now)
    }

    private func results(of rule: ComparisonRule, in region: RegionName, of id: ReleaseID) -> [ComparisonResult] {
        let key = WorkKey(release: id, region: region)
        guard let release = state.releases[id], let known = observed.comparisons[key],
            let test = rule.test(errorsAtOnce: rule.counters == nil ? Self.samplesAtOnce : 1)
        else { return [] }
        guard rule.counters == nil else {
            guard let entry = known.states[rule.name] else { return [] }
            return [test.judge(entry.after.counted, against: entry.before ?? .none)]
        }
        guard let position = release.regions[region]?.position else { return [] }
        let stage = release.wave(at: position).stage.name
        return comparedServices(of: release, in: region).map { service, previous in
            let counts = observed.samples[key]?.counts(of: service) ?? RegionSamples.Counts()
            let after = ErrorCount(errors: counts.unhealthy, total: counts.total) ?? .none
            let version = VersionKey(stage: stage, service: service, digest: previous.digest)
            let now = observed.versions[version] ?? .none
            let then = known.baseline[version] ?? .none
            let others = ErrorCount(errors: now.errors - then.errors, total: now.total - then.total) ?? .none
            return test.judge(after, against: others)
        }
    }

    /// Services that ran another version there before.
    private func comparedServices(
        of release: ReleaseState,
        in region: RegionName
    ) -> [(service: ServiceName, previous: Artifact)] {
        release.services(in: region).compactMap { service in
            guard let previous = release.regions[region]?.previous[service],
                previous.digest != release.artifacts[service]?.digest
            else { return nil }
            return (service, previous)
        }
    }

    /// What hosts say of a version, as long as anybody asks.
    mutating func countVersion(_ samples: HealthSamples, from host: HostKey) {
        guard !observed.comparisons.isEmpty,
            let id = state.targets[TargetKey(region: host.region, service: samples.service)]?.release,
            let release = state.releases[id], let position = release.regions[host.region]?.position,
            let count = ErrorCount(errors: samples.unhealthy, total: samples.healthy + samples.unhealthy)
        else { return }
        let stage = release.wave(at: position).stage.name
        observed.versions[VersionKey(stage: stage, service: samples.service, digest: samples.digest), default: .none] +=
            count
    }

    // MARK: - At the end of the bake

    /// True: nothing that is required is missing, and what was found is written down.
    mutating func concludeComparisons(in region: RegionName, of id: ReleaseID, at now: Instant) -> Bool {
        let key = WorkKey(release: id, region: region)
        guard observed.comparisons[key] != nil, let rules = state.releases[id]?.wave(of: region)?.bake.comparisons
        else {
            return true
        }
        for rule in rules where rule.counters == nil {
            judge(rule, in: region, of: id, at: now)
            guard observed.comparisons[key] != nil else { return false }
        }
        guard missingComparisons(in: region, of: id).allSatisfy({ !$0.rule.isRequired }) else { return false }
        for rule in rules {
            let sentence = observed.comparisons[key]?.states[rule.name].map { rule.words($0) } ?? ""
            emit(
                .comparisonConcluded(
                    ComparisonConcluded(
                        release: id,
                        region: region,
                        name: rule.name,
                        isWorse: false,
                        sentence: sentence
                    )
                ),
                at: now
            )
        }
        observed.comparisons[key] = nil
        return true
    }

    /// Comparisons without data enough.
    private func missingComparisons(
        in region: RegionName,
        of id: ReleaseID
    ) -> [(rule: ComparisonRule, state: RegionComparisons.State)] {
        let states = observed.comparisons[WorkKey(release: id, region: region)]?.states ?? [:]
        return (state.releases[id]?.wave(of: region)?.bake.comparisons ?? []).compactMap { rule in
            guard let state = states[rule.name], !state.isIdle, (state.result?.least ?? 0) < rule.total_min else {
                return nil
            }
            return (rule, state)
        }
    }

    func comparisonHolds(in region: RegionName, of id: ReleaseID, subject: String, since: Instant) -> [Hold] {
        missingComparisons(in: region, of: id).filter(\.rule.isRequired).map { rule, state in
            Hold(
                kind: .comparing,
                subject: subject,
                unmet: "\(rule.name) has not enough data: \(rule.words(state))",
                canAct: "whoever counts, by counting; or an operator, by aborting or rolling back",
                since: since,
                nextChange: state.next
            )
        }
    }
}

extension ComparisonRule {
    /// Nil: the agents' own samples.
    fileprivate var counters: (errors: Probe.Kind, total: Probe.Kind)? {
        if case .counters(let errors, let total) = source { (errors, total) } else { nil }
    }

    fileprivate func test(errorsAtOnce: Int) -> Comparison? {
        Comparison(
            relative_min_bp: max(0, (ratio_min_percent - 100) * 100),
            total_min: total_min,
            errorsAtOnce: errorsAtOnce
        )
    }

    fileprivate func words(_ result: ComparisonResult) -> String {
        counters == nil
            ? result.sentence(after: "on updated hosts", baseline: "on the others") : result.sentence()
    }

    fileprivate func words(_ state: RegionComparisons.State) -> String {
        if state.isIdle { return "nothing else ran here before" }
        return state.result.map(words) ?? "nothing has been counted"
    }
}

extension ComparisonResult {
    /// Of the two groups, what the smaller has counted.
    fileprivate var least: Int { min(after.total, baseline.total) }
}

extension ProbeAnswer {
    /// Counters may be told with a fraction; nil: no number that counts anything.
    fileprivate var counterValue: Int? {
        guard failure.isEmpty, let number = Double(value), number >= 0, number <= Double(ErrorCount.total_max) else {
            return nil
        }
        return Int(number)
    }
}

extension RegionState {
    /// On its way to a verdict.
    fileprivate var isUnderJudgement: Bool {
        switch phase {
        case .deploying, .baking: true
        case .healthy, .unhealthy, .returning, .returned: false
        }
    }
}
