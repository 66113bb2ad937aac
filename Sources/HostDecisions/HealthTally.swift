import TimeAndChance
import TrainModel

/// Probes of one watched service, summed up until they are sent.
///
/// Each change of verdict begins a new count. While the link is down the oldest counts are merged, so that any length
/// of silence is told in a bounded number of messages.
struct HealthTally: Hashable, Sendable {
    static let counts_max = 8
    static let reason_bytes_max = 512

    let service: ServiceName
    let deployment: Deployment
    /// Of the latest probe; nil: none yet.
    private(set) var health: Health?
    private var counts: [Count] = []
    private var lastSent: Instant?

    private struct Count: Hashable, Sendable {
        var healthy = 0
        var unhealthy = 0
        var reason = ""
        var from: Instant
        var to: Instant
    }

    init(_ watch: Watch) {
        service = watch.service
        deployment = watch.deployment
    }

    /// Returns true when what is counted should be sent now.
    mutating func add(_ probe: HealthProbe, at now: Instant) -> Bool {
        let hasChanged = health != probe.health
        health = probe.health
        if hasChanged || counts.isEmpty { counts.append(Count(from: now, to: now)) }
        let last = counts.count - 1
        switch probe {
        case .healthy: counts[last].healthy += 1
        case .unhealthy(let reason):
            counts[last].unhealthy += 1
            counts[last].reason = reason.prefix(bytes_max: Self.reason_bytes_max)
        }
        counts[last].to = now
        if counts.count > Self.counts_max { mergeOldest() }
        guard !hasChanged, let lastSent else { return true }
        return now - lastSent >= max(deployment.watchEvery, .seconds(1)) || now < lastSent
    }

    /// Everything counted since the last call.
    mutating func drain(at now: Instant) -> [HealthSamples] {
        defer { counts = [] }
        if !counts.isEmpty { lastSent = now }
        return counts.map { count in
            HealthSamples(
                service: service,
                generation: deployment.generation,
                digest: deployment.artifact.digest,
                healthy: count.healthy,
                unhealthy: count.unhealthy,
                reason: count.reason,
                from: count.from,
                to: count.to
            )
        }
    }

    private mutating func mergeOldest() {
        let oldest = counts.removeFirst()
        counts[0].healthy += oldest.healthy
        counts[0].unhealthy += oldest.unhealthy
        counts[0].from = oldest.from
        if counts[0].reason.isEmpty { counts[0].reason = oldest.reason }
    }
}
