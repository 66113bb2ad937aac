import Calendars
import TimeAndChance
import TrainModel

extension World {
    /// What a world is like. With the same plans, options and acts it always runs the same.
    public struct Options: Sendable {
        public var cluster = "rehearsal"
        public var from: Instant
        /// Every chance is drawn from it.
        public var seed: UInt64 = 1
        public var hostsPerRegion = 3
        /// Hosts of single regions, over `hostsPerRegion`.
        public var hosts: [RegionName: Int] = [:]
        /// How long a host works on an order; drawn for each.
        public var work: ClosedRange<Interval> = .seconds(20) ... .seconds(90)
        /// How many times as long the hosts of a region work.
        public var slowness: [RegionName: Int] = [:]
        /// The version that every service ran a day before the world begins; nil: nothing ran anywhere, so that there is
        /// nothing to return to.
        public var before: Version? = Version("before")
        public var failures: [InjectedFailure] = []
        public var illnesses: [Illness] = []
        /// What the hooks of a service print as links, on every host.
        public var links: [ServiceName: [String]] = [:]
        public var silences: [Silence] = []
        public var freezes: [DeclaredFreeze] = []
        public var people = People()
        public var outside = Outside()

        public init(from: Instant) {
            self.from = from
        }
    }

    /// Who is there and how soon they act. Everybody who is asked says yes and ticks every point of a checklist.
    public struct People: Sendable {
        /// False: nobody acts but by `World.act`.
        public var actByThemselves = true
        /// From the moment they could first act; drawn for each person and question.
        public var answerAfter: ClosedRange<Interval> = .minutes(10) ... .minutes(10)
        /// They answer when it is open; nil: at any hour.
        public var working: Window?
        /// Who never answers.
        public var absent: Set<PersonName> = []
        /// Members of groups; a group that is not here gets as many people as the plans could ask for, `<group>-1` and
        /// so on.
        public var groups: [GroupName: [PersonName]] = [:]
        /// Who pushes, starts and freezes.
        public var operatorName = "operator"

        public init() {}
    }

    /// What lies outside the controller and its hosts.
    public struct Outside: Sendable {
        public var probes: [ProbeScript] = []
        /// Tags that come to the registries that plans watch.
        public var arrivals: [Arrival] = []
        /// What the artifacts that the world pushes carry, by plan; a plan that is not here brings one change.
        public var changes: [PlanName: [Change]] = [:]
        /// Evidence that never comes; all other evidence that a plan wants is there, with the values it wants.
        public var missingEvidence: Set<PredicateName> = []
        /// Changes, by id, that nobody signs off.
        public var unsignedChanges: Set<String> = []
        /// Channels that take no notice.
        public var brokenChannels: Set<String> = []

        public init() {}
    }
}

/// What a probe answers over time. A probe without a script answers what its gate wants.
public struct ProbeScript: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        /// Nil: for ever.
        public var until: Instant?
        /// Nil: no answer.
        public var value: String?

        public init(until: Instant?, value: String?) {
            self.until = until
            self.value = value
        }
    }

    /// The probe's or its check's name, or a part of its address, query or recipe.
    public var name: String
    public var steps: [Step]

    public init(name: String, steps: [Step]) {
        self.name = name
        self.steps = steps
    }

    func value(at now: Instant) -> String? {
        (steps.first { $0.until.map { now < $0 } ?? true } ?? steps.last)?.value
    }
}

/// A tag that comes to a watched registry, and the change that it was built of.
public struct Arrival: Hashable, Sendable {
    public var plan: PlanName
    public var at: Instant
    public var tag: Version

    public init(plan: PlanName, at: Instant, tag: Version) {
        self.plan = plan
        self.at = at
        self.tag = tag
    }
}
