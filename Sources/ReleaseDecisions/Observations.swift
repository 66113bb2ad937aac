import HeapModule
import TimeAndChance
import TrainModel

/// What the controller has merely seen since it started: links, progress, health samples, and the instants at which
/// something could change.
///
/// Nothing here is durable, and nothing that was decided depends on it: after a restart a bake gathers its samples
/// anew. Links and samples come back with the agents.
struct Observations: Sendable {
    var connected: Set<HostKey> = []
    var arrived: [HostKey: Set<OrderID>] = [:]
    var progress: [HostKey: [OrderID: OrderProgress]] = [:]
    /// Services whose latest sample was unhealthy.
    var unhealthy: [HostKey: Set<ServiceName>] = [:]
    /// When the host last said anything, or its link changed.
    var lastSeen: [HostKey: Instant] = [:]
    var samples: [SampleKey: RegionSamples] = [:]
    var trains = TrainObservations()
    /// Looks of checks at the outside, the last of each.
    var looks: [CheckKey: CheckLook] = [:]
    /// How many have been made.
    var lookCount: UInt64 = 0
    /// Releases that a freeze was seen to hold; once it is over they are given what it kept back.
    var frozen: Set<ReleaseID> = []
    /// For the input in hand alone.
    var evidence: [ReleaseID: KnownEvidence] = [:]
    /// When the last input came: what is sent for it is judged by this time.
    var now = Instant(unix_ms: 0)
    private var deadlines = Heap<Deadline>()
    /// The same, for telling that a wish is there already.
    private var wished: Set<Deadline> = []

    /// What is to be looked at again, and when. Stale entries are harmless: looking again decides nothing new.
    mutating func look(at instant: Instant, _ matter: Matter) {
        let deadline = Deadline(at: instant, matter: matter)
        if wished.insert(deadline).inserted { deadlines.insert(deadline) }
    }

    /// A region of a release, or (nil) the gates that the release stands before.
    mutating func look(at instant: Instant, _ release: ReleaseID, _ region: RegionName?) {
        look(at: instant, region.map { .region(release, $0) } ?? .release(release))
    }

    /// How many instants are waited for.
    var deadlineCount: Int { deadlines.count }

    mutating func nextDue(_ now: Instant) -> Matter? {
        guard let first = deadlines.min, first.at <= now else { return nil }
        _ = deadlines.popMin()
        wished.remove(first)
        return first.matter
    }

    var nextDeadline: Instant? { deadlines.min?.at }
}

private struct Deadline: Hashable, Comparable, Sendable {
    let at: Instant
    let matter: Matter

    static func < (left: Deadline, right: Deadline) -> Bool {
        (left.at, left.matter) < (right.at, right.matter)
    }
}

struct SampleKey: Hashable, Sendable {
    let release: ReleaseID
    let region: RegionName
}

/// Samples of the new version in one region.
struct RegionSamples: Sendable {
    private(set) var healthy = 0
    private(set) var unhealthy = 0
    /// When the first unhealthy sample arrived.
    private(set) var firstUnhealthy: Instant?
    private var byService: [ServiceName: Counts] = [:]
    private var byHost: [HostService: Counts] = [:]
    /// Pairs of host and service that have given enough samples.
    private(set) var pairsWithEnough = 0

    struct Counts: Sendable {
        var healthy = 0
        var unhealthy = 0
        /// When the last of them arrived.
        var last: Instant?
        var total: Int { healthy + unhealthy }
    }

    private struct HostService: Hashable, Sendable {
        let host: HostName
        let service: ServiceName
    }

    /// Returns the service's counts over the whole region, this message included.
    mutating func add(_ samples: HealthSamples, from host: HostName, enough: Int, at now: Instant) -> Counts {
        if samples.unhealthy > 0, firstUnhealthy == nil { firstUnhealthy = now }
        healthy += samples.healthy
        unhealthy += samples.unhealthy
        let key = HostService(host: host, service: samples.service)
        let before = byHost[key]?.total ?? 0
        byHost[key, default: Counts()].healthy += samples.healthy
        byHost[key, default: Counts()].unhealthy += samples.unhealthy
        byHost[key, default: Counts()].last = now
        if before < enough, before + samples.healthy + samples.unhealthy >= enough { pairsWithEnough += 1 }
        byService[samples.service, default: Counts()].healthy += samples.healthy
        byService[samples.service, default: Counts()].unhealthy += samples.unhealthy
        return byService[samples.service] ?? Counts()
    }

    /// When this host last said how the service is; nil: it has not.
    func last(of service: ServiceName, on host: HostName) -> Instant? {
        byHost[HostService(host: host, service: service)]?.last
    }

    func total(of service: ServiceName, on host: HostName) -> Int {
        byHost[HostService(host: host, service: service)]?.total ?? 0
    }
}
