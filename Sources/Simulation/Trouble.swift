import TimeAndChance
import TrainModel

/// Where trouble strikes; whatever is nil is anywhere. The versions of before the rehearsal are never struck.
public struct Place: Hashable, Sendable {
    public var region: RegionName?
    public var host: HostName?
    public var service: ServiceName?
    public var version: Version?

    public init(
        region: RegionName? = nil,
        host: HostName? = nil,
        service: ServiceName? = nil,
        version: Version? = nil
    ) {
        self.region = region
        self.host = host
        self.service = service
        self.version = version
    }

    func holds(_ key: HostKey, _ service: ServiceName, _ version: Version) -> Bool {
        (region ?? key.region) == key.region && (host ?? key.host) == key.host
            && (self.service ?? service) == service && (self.version ?? version) == version
    }
}

/// Orders that fail on their hosts.
public struct InjectedFailure: Hashable, Sendable {
    public var place: Place
    public var action = Order.Action.deploy
    public var step = Step.install
    /// What the step prints.
    public var output = ""
    public var exitCode = 1
    /// The smoke test that fails; empty: none in particular.
    public var check = ""
    /// So many orders fail, in the order in which hosts end them; nil: all.
    public var times: Int?
    /// The step says that it failed, and yet the new version runs.
    public var isFalse = false

    public init(at place: Place) {
        self.place = place
    }
}

/// A deployed version that turns unhealthy.
public struct Illness: Hashable, Sendable {
    public var place: Place
    /// From the end of the order that brought it.
    public var after: Interval
    /// Nil: as long as it runs.
    public var lasts: Interval?
    /// Of its samples are unhealthy.
    public var percent = 100
    public var reason = "status 500"

    public init(at place: Place, after: Interval = .zero, lasts: Interval? = nil) {
        self.place = place
        self.after = after
        self.lasts = lasts
    }
}

/// A host without a link.
public struct Silence: Hashable, Sendable {
    public var host: HostKey
    /// Nil: from the beginning.
    public var from: Instant?
    /// Nil: for ever.
    public var until: Instant?

    public init(of host: HostKey, from: Instant? = nil, until: Instant? = nil) {
        self.host = host
        self.from = from
        self.until = until
    }
}

/// A freeze that an operator declares when it begins.
public struct DeclaredFreeze: Hashable, Sendable {
    /// Nil: every plan.
    public var plan: PlanName?
    public var from: Instant
    public var until: Instant?
    public var reason: String

    public init(plan: PlanName? = nil, from: Instant, until: Instant?, reason: String = "rehearsed freeze") {
        self.plan = plan
        self.from = from
        self.until = until
        self.reason = reason
    }
}
