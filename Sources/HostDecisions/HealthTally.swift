import TimeAndChance
import TrainModel

/// Probes of one watched service, summed up until they are sent.
///
/// Each change of verdict begins a new count. While the link is down the oldest counts are merged, so that any length
/// of silence is told in a bounded number of messages.
struct HealthTally: Hashable, Sendable {
    static let counts_max = 8
    static let reason_bytes_max = 512
    /// What stays as it is is told every so many rounds; a controller takes four without a word for silence.
    static let roundsPerMessage: Int64 = 2

    let service: ServiceName
    let deployment: Deployment
    /// Of the latest probe; nil: none yet, or it could not see everything.
    private(set) var health: Health?
    private var lastKind: Kind?
    private var counts: [Count] = []
    private var lastSent: Instant?

    private enum Kind: Hashable { case healthy, unhealthy, blind }

    fileprivate struct Count: Hashable, Sendable {
        var healthy = 0
        var unhealthy = 0
        var blind = 0
        var reason = ""
        var from: Instant
        var to: Instant
        /// In the plan's order.
        var checks: [CheckSummary] = []
    }

    init(_ watch: Watch) {
        service = watch.service
        deployment = watch.deployment
    }

    /// Returns true when what is counted should be sent now.
    mutating func add(_ probe: HealthProbe, at now: Instant) -> Bool {
        let verdict = probe.verdict
        let kind = Self.kind(of: verdict)
        let hasChanged = lastKind != kind
        lastKind = kind
        health = kind == .healthy ? .healthy : kind == .unhealthy ? .unhealthy : nil
        if hasChanged || counts.isEmpty { counts.append(Count(from: now, to: now)) }
        counts[counts.count - 1].add(verdict, probe.looks, at: now)
        if counts.count > Self.counts_max { mergeOldest() }
        guard !hasChanged, let lastSent else { return true }
        // A clock may be set back.
        return now - lastSent >= max(deployment.watchEvery * Self.roundsPerMessage, .seconds(1)) || now < lastSent
    }

    /// Everything counted since the last call.
    mutating func drain(at now: Instant) -> [HealthSamples] {
        defer { counts = [] }
        if !counts.isEmpty { lastSent = now }
        return counts.map { count in
            var samples = HealthSamples(
                service: service,
                generation: deployment.generation,
                digest: deployment.artifact.digest,
                healthy: count.healthy,
                unhealthy: count.unhealthy,
                reason: count.reason,
                from: count.from,
                to: count.to
            )
            samples.blind = count.blind
            samples.checks = count.checks
            return samples
        }
    }

    private static func kind(of verdict: HealthProbe.Verdict) -> Kind {
        switch verdict {
        case .healthy: .healthy
        case .unhealthy: .unhealthy
        case .blind: .blind
        }
    }

    private mutating func mergeOldest() {
        let oldest = counts.removeFirst()
        counts[0].healthy += oldest.healthy
        counts[0].unhealthy += oldest.unhealthy
        counts[0].blind += oldest.blind
        counts[0].from = oldest.from
        if counts[0].reason.isEmpty { counts[0].reason = oldest.reason }
        counts[0].checks = oldest.checks.followed(by: counts[0].checks)
    }
}

extension HealthTally.Count {
    fileprivate mutating func add(_ verdict: HealthProbe.Verdict, _ looks: [HealthProbe.Look], at now: Instant) {
        switch verdict {
        case .healthy: healthy += 1
        case .unhealthy(let reason):
            unhealthy += 1
            self.reason = reason.prefix(bytes_max: HealthTally.reason_bytes_max)
        case .blind(let reason):
            blind += 1
            self.reason = reason.prefix(bytes_max: HealthTally.reason_bytes_max)
        }
        to = now
        checks = checks.followed(by: looks.map(CheckSummary.init))
    }
}

extension [CheckSummary] {
    /// A deployment's checks are the same at every look, but for the one at its release.
    fileprivate func followed(by later: [CheckSummary]) -> [CheckSummary] {
        var all = self
        for summary in later {
            if let index = all.firstIndex(where: { $0.check == summary.check }) {
                all[index] = all[index].followed(by: summary)
            } else {
                all.append(summary)
            }
        }
        return all
    }
}

extension CheckSummary {
    fileprivate init(_ look: HealthProbe.Look) {
        self.init(check: look.check)
        looks = 1
        slowest = look.took
        switch look.outcome {
        case .passed: break
        case .failed(let sentence):
            failed = 1
            firstFailure = sentence.prefix(bytes_max: HealthTally.reason_bytes_max)
        case .blind(let sentence):
            blind = 1
            firstFailure = sentence.prefix(bytes_max: HealthTally.reason_bytes_max)
        }
    }

    fileprivate func followed(by later: CheckSummary) -> CheckSummary {
        var both = self
        both.looks += later.looks
        both.failed += later.failed
        both.blind += later.blind
        both.slowest = max(slowest, later.slowest)
        // What failed says more than what saw nothing.
        if firstFailure.isEmpty || (failed == 0 && later.failed > 0) { both.firstFailure = later.firstFailure }
        return both
    }
}
