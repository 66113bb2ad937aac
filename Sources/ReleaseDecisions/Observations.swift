import Comparisons
import TimeAndChance
import TrainModel

/// What the controller has merely seen since it started: links, progress, what hosts say of their health, and the
/// instants at which something could change.
///
/// Nothing here is durable, and nothing that was decided depends on it: after a restart a bake gathers its samples
/// anew, and a host counts as out of service until it has connected and said how it is.
struct Observations: Sendable {
    /// Whoever has a link and takes orders.
    var connected: Set<HostKey> = []
    /// Of hosts that have a link and take no orders.
    var troubles: [HostKey: HostTrouble] = [:]
    var arrived: [HostKey: Set<OrderID>] = [:]
    var progress: [HostKey: [OrderID: OrderProgress]] = [:]
    /// What hosts last said of the services that their region is meant to run; absent: not known.
    var health: [HostKey: [ServiceName: Health]] = [:]
    /// When the host last said anything, or its link changed.
    var lastSeen: [HostKey: Instant] = [:]
    /// How far the clocks of hosts with a link are off.
    var clocks: [HostKey: ClockReading] = [:]
    /// What hosts last summed up of each service's smoke tests.
    var checks: [HostKey: [ServiceName: [CheckSummary]]] = [:]
    var samples: [WorkKey: RegionSamples] = [:]
    var deadlines = Deadlines()
    /// Of the regions that active releases have touched.
    private(set) var rooms: [WorkKey: Room] = [:]
    /// Whose rooms are in a region, newest last.
    private(set) var releases: [RegionName: [ReleaseID]] = [:]
    var trains = TrainObservations()
    /// Looks of checks at the outside, the last of each.
    var looks: [CheckKey: CheckLook] = [:]
    /// How many have been made.
    var lookCount: UInt64 = 0
    /// Of regions that are compared with what runs without the change.
    var comparisons: [WorkKey: RegionComparisons] = [:]
    /// Counters of regions that wait for their turn, by the comparison's name.
    var countersBefore: [WorkKey: [String: RecentCounters]] = [:]
    var askedBefore: [WorkKey: [String: Instant]] = [:]
    /// What hosts have said of each version while any region is compared.
    var versions: [VersionKey: ErrorCount] = [:]
    /// Look-ups of failures that nobody has answered.
    var lookUps: Set<ProbeKey> = []
    /// When this process took the lead.
    var began = Instant(unix_ms: 0)
    /// Releases that a freeze was seen to hold; once it is over they are given what it kept back.
    var frozen: Set<ReleaseID> = []
    /// For the input in hand alone.
    var evidence: [ReleaseID: KnownEvidence] = [:]
    /// When the last input came: what is sent for it is judged by this time.
    var now = Instant(unix_ms: 0)

    /// Whether it takes orders now.
    func isReachable(_ host: HostKey) -> Bool {
        connected.contains(host) && clocks[host]?.isOff != true
    }

    /// What is to be looked at again, and when.
    mutating func look(at instant: Instant, _ subject: Deadlines.Subject) {
        deadlines.wish(at: instant, subject)
    }

    /// A region of a release, or (nil) the gates that the release stands before.
    mutating func look(at instant: Instant, _ release: ReleaseID, _ region: RegionName?) {
        look(at: instant, region.map { .region($0, of: release) } ?? .release(release))
    }

    mutating func open(_ room: Room, for key: WorkKey) {
        if rooms.updateValue(room, forKey: key) == nil { releases[key.region, default: []].append(key.release) }
    }

    /// Does something with a room in place; nil: it is not open.
    mutating func withRoom<Value>(_ key: WorkKey, _ body: (inout Room) -> Value) -> Value? {
        guard let place = rooms.index(forKey: key) else { return nil }
        return body(&rooms.values[place])
    }

    /// Forgets everything about a region of a release that has ended; what is still watched keeps its samples.
    mutating func close(_ key: WorkKey, isWatched: Bool) {
        if !isWatched { samples[key] = nil }
        rooms[key] = nil
        comparisons[key] = nil
        countersBefore[key] = nil
        askedBefore[key] = nil
        if comparisons.isEmpty { versions = [:] }
        releases[key.region]?.removeAll { $0 == key.release }
    }

    mutating func forget(_ host: HostKey) {
        arrived[host] = nil
        progress[host] = nil
        health[host] = nil
        clocks[host] = nil
        checks[host] = nil
    }
}

/// The work of one release in one region.
struct WorkKey: Hashable, Sendable {
    let release: ReleaseID
    let region: RegionName
}
