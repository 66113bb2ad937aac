import TimeAndChance

/// A registered plan and its train as people and programs see them.
public struct TrainView: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var team: String
    /// Nil: only people start releases.
    public var train: TrainName?
    public var planDigest: Digest
    public var registeredBy: PersonName
    public var registered: Instant
    /// As the plan writes it; empty: no schedule.
    public var departs: String
    public var nextDeparture: Instant?
    /// Why the next departure would not leave if it were now; empty: it would.
    public var blocked: String
    /// Newest first; at most 50.
    public var departures: [DepartureView]
    public var nextCandidate: Instant?
    /// The one that is being cut; nil: none.
    public var candidateSought: Version?
    /// Newest first; at most 200.
    public var candidates: [CandidateView]
    /// Newest first; at most 200.
    public var arrivals: [ArrivalView]
    /// Which registry is watched; nil: none.
    public var registry: String?
    /// How many of its tags are left alone since they were there before; nil: it has not been looked at yet.
    public var tagsKnown: Int?
    public var lastCompleted: Instant
    /// The rotations of the plan, sorted by name.
    public var oncall: [OncallView]

    public init(
        plan: PlanName,
        team: String,
        train: TrainName?,
        planDigest: Digest,
        registeredBy: PersonName,
        registered: Instant,
        departs: String,
        nextDeparture: Instant?,
        blocked: String,
        departures: [DepartureView],
        nextCandidate: Instant?,
        candidateSought: Version?,
        candidates: [CandidateView],
        arrivals: [ArrivalView],
        registry: String? = nil,
        tagsKnown: Int? = nil,
        lastCompleted: Instant,
        oncall: [OncallView]
    ) {
        self.plan = plan
        self.team = team
        self.train = train
        self.planDigest = planDigest
        self.registeredBy = registeredBy
        self.registered = registered
        self.departs = departs
        self.nextDeparture = nextDeparture
        self.blocked = blocked
        self.departures = departures
        self.nextCandidate = nextCandidate
        self.candidateSought = candidateSought
        self.candidates = candidates
        self.arrivals = arrivals
        self.registry = registry
        self.tagsKnown = tagsKnown
        self.lastCompleted = lastCompleted
        self.oncall = oncall
    }
}

public struct DepartureView: Hashable, Sendable, Codable {
    /// As the schedule says.
    public var at: Instant
    /// Nil: nothing left.
    public var release: ReleaseID?
    /// Why nothing left; empty when something did.
    public var reason: String

    public init(at: Instant, release: ReleaseID?, reason: String) {
        self.at = at
        self.release = release
        self.reason = reason
    }
}

public struct CandidateView: Hashable, Sendable, Codable {
    public var candidate: Candidate
    /// Nil: by the schedule.
    public var by: PersonName?
    public var at: Instant

    public init(candidate: Candidate, by: PersonName?, at: Instant) {
        self.candidate = candidate
        self.by = by
        self.at = at
    }
}

/// A tag that came to a watched registry.
public struct ArrivalView: Hashable, Sendable, Codable {
    public var artifact: Artifact
    public var at: Instant
    /// Nil: no release has taken it.
    public var release: ReleaseID?
    /// When it, or a later one, was in place; nil: not yet.
    public var settled: Instant?

    public init(artifact: Artifact, at: Instant, release: ReleaseID?, settled: Instant?) {
        self.artifact = artifact
        self.at = at
        self.release = release
        self.settled = settled
    }
}

/// Who is on call now, and who after.
public struct OncallView: Hashable, Sendable, Codable {
    public var rotation: RotationName
    /// Nil: nobody.
    public var person: PersonName?
    /// Nil: for two years at least.
    public var until: Instant?
    /// From `until` on; nil: nobody, or nobody else.
    public var next: PersonName?

    public init(rotation: RotationName, person: PersonName?, until: Instant?, next: PersonName?) {
        self.rotation = rotation
        self.person = person
        self.until = until
        self.next = next
    }
}

/// All that trains run by, owe and miss.
public struct ScheduleView: Hashable, Sendable, Codable {
    /// In the order of their registration.
    public var trains: [TrainView]
    /// Oldest first.
    public var alarms: [Alarm]
    /// Oldest first.
    public var debts: [Debt]
    /// Declared by people and planned, that hold now.
    public var freezes: [FreezeView]
    /// Not delivered yet, oldest first.
    public var notices: [Notice]
    /// The instant this picture was true.
    public var at: Instant

    public init(
        trains: [TrainView],
        alarms: [Alarm],
        debts: [Debt],
        freezes: [FreezeView],
        notices: [Notice],
        at: Instant
    ) {
        self.trains = trains
        self.alarms = alarms
        self.debts = debts
        self.freezes = freezes
        self.notices = notices
        self.at = at
    }
}

public struct FreezeView: Hashable, Sendable, Codable {
    /// Nil: every plan.
    public var plan: PlanName?
    public var sentence: String
    /// Nil: until somebody lifts it.
    public var until: Instant?

    public init(plan: PlanName?, sentence: String, until: Instant?) {
        self.plan = plan
        self.sentence = sentence
        self.until = until
    }
}
