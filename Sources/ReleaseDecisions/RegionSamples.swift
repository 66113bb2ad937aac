import TimeAndChance
import TrainModel

/// Samples of the new version in one region.
struct RegionSamples: Sendable {
    private(set) var healthy = 0
    private(set) var unhealthy = 0
    /// When the first unhealthy sample arrived.
    private(set) var firstUnhealthy: Instant?
    private var byService: [ServiceName: Counts] = [:]
    private var byHost: [HostName: [ServiceName: Counts]] = [:]
    /// Pairs of host and service that have given enough samples.
    private(set) var pairsWithEnough = 0
    /// The place in `RegionState.hosts` of the host that last kept the region from being healthy: who asks again asks it
    /// first, and all others only when it gives no more cause.
    var doubted = 0

    struct Counts: Sendable {
        var healthy = 0
        var unhealthy = 0
        /// When the last of them arrived.
        var last: Instant?
        var total: Int { healthy + unhealthy }

        mutating func add(_ samples: HealthSamples, at now: Instant) {
            healthy += samples.healthy
            unhealthy += samples.unhealthy
            last = now
        }
    }

    /// Returns the service's counts over the whole region, this message included.
    mutating func add(_ samples: HealthSamples, from host: HostName, enough: Int, at now: Instant) -> Counts {
        if samples.unhealthy > 0, firstUnhealthy == nil { firstUnhealthy = now }
        healthy += samples.healthy
        unhealthy += samples.unhealthy
        let before = total(of: samples.service, on: host)
        byHost[host, default: [:]][samples.service, default: Counts()].add(samples, at: now)
        if before < enough, before + samples.healthy + samples.unhealthy >= enough { pairsWithEnough += 1 }
        byService[samples.service, default: Counts()].add(samples, at: now)
        return byService[samples.service] ?? Counts()
    }

    /// A host that is no longer part of the region. What it had said stays in the sums: it was true.
    mutating func forget(_ host: HostName, enough: Int) {
        guard let counts = byHost.removeValue(forKey: host) else { return }
        pairsWithEnough -= counts.values.count { $0.total >= enough }
    }

    /// When this host last said how the service is; nil: it has not.
    func last(of service: ServiceName, on host: HostName) -> Instant? { byHost[host]?[service]?.last }

    func total(of service: ServiceName, on host: HostName) -> Int { byHost[host]?[service]?.total ?? 0 }
}
