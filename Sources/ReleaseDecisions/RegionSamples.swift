import TimeAndChance
import TrainModel

/// Samples of the new version in one region.
struct RegionSamples: Sendable {
    private(set) var healthy = 0
    private(set) var unhealthy = 0
    /// When the first unhealthy sample arrived.
    private(set) var firstUnhealthy: Instant?
    private var byService: [ServiceName: Counts] = [:]
    /// Of the window before, where old samples give way to new ones.
    private var earlier: [ServiceName: Counts] = [:]
    private var windowBegan: Instant?
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

    /// Returns the service's counts over the whole region, this message included. `isAwaited`: no verdict without enough
    /// of this service from each host. `window`: samples older than twice that give way; nil: all count.
    mutating func add(
        _ samples: HealthSamples,
        from host: HostName,
        enough: Int,
        isAwaited: Bool,
        window: Interval?,
        at now: Instant
    ) -> Counts {
        if samples.unhealthy > 0, firstUnhealthy == nil { firstUnhealthy = now }
        healthy += samples.healthy
        unhealthy += samples.unhealthy
        let before = total(of: samples.service, on: host)
        byHost[host, default: [:]][samples.service, default: Counts()].add(samples, at: now)
        if isAwaited, before < enough, before + samples.healthy + samples.unhealthy >= enough { pairsWithEnough += 1 }
        if let window { turn(window, at: now) }
        byService[samples.service, default: Counts()].add(samples, at: now)
        return counts(of: samples.service)
    }

    private mutating func turn(_ window: Interval, at now: Instant) {
        let began = windowBegan ?? now
        windowBegan = began
        guard now - began >= window else { return }
        windowBegan = now
        earlier = byService
        byService = [:]
    }

    func counts(of service: ServiceName) -> Counts {
        var counts = byService[service] ?? Counts()
        counts.healthy += earlier[service]?.healthy ?? 0
        counts.unhealthy += earlier[service]?.unhealthy ?? 0
        return counts
    }

    /// A host that is no longer part of the region. What it had said stays in the sums: it was true.
    mutating func forget(_ host: HostName, enough: Int, awaited: [ServiceName]) {
        guard let counts = byHost.removeValue(forKey: host) else { return }
        pairsWithEnough -= counts.count { awaited.contains($0.key) && $0.value.total >= enough }
    }

    /// When this host last said how the service is; nil: it has not.
    func last(of service: ServiceName, on host: HostName) -> Instant? { byHost[host]?[service]?.last }

    func total(of service: ServiceName, on host: HostName) -> Int { byHost[host]?[service]?.total ?? 0 }
}
