import TimeAndChance

/// Something that should have happened and has not, or that people must know at once.
public struct Alarm: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case nothingDeparted = "nothing_departed"
        case nothingArrived = "nothing_arrived"
        case overdue
        case returnFailed = "return_failed"
        case noticeUndelivered = "notice_undelivered"
        case glassBroken = "glass_broken"
        case departureMissed = "departure_missed"
        /// A candidate whose changes are not known, or whose build has not come.
        case candidateWaits = "candidate_waits"
        /// A host has obeyed what the log has forgotten: the database is an older copy.
        case logOutrun = "log_outrun"
        /// A host's clock is so wrong that it takes no orders.
        case clockOff = "clock_off"
        /// An agent is there and takes no orders: its journal is damaged, its disk is full, its configuration wrong.
        case hostInTrouble = "host_in_trouble"
        /// A host runs something else than its newest receipt says.
        case hostDiffers = "host_differs"
    }

    public var kind: Kind
    /// What it is about: a train, a release, a channel. With `kind`, its identity: raised once until it is cleared.
    public var subject: String
    /// What is wrong and what to do.
    public var sentence: String
    public var since: Instant

    public init(kind: Kind, subject: String, sentence: String, since: Instant) {
        self.kind = kind
        self.subject = subject
        self.sentence = sentence
        self.since = since
    }
}

/// Something owed for a short cut; it blocks the train's next departure until a person says that it is paid.
public struct Debt: Hashable, Sendable, Codable {
    /// `<release>/<number>`.
    public var id: String
    public var train: TrainName?
    public var plan: PlanName
    public var release: ReleaseID
    public var sentence: String
    public var by: PersonName
    public var since: Instant

    public init(
        id: String,
        train: TrainName?,
        plan: PlanName,
        release: ReleaseID,
        sentence: String,
        by: PersonName,
        since: Instant
    ) {
        self.id = id
        self.train = train
        self.plan = plan
        self.release = release
        self.sentence = sentence
        self.by = by
        self.since = since
    }
}

/// A message to a channel, kept until it is delivered or given up.
public struct Notice: Hashable, Sendable, Codable {
    public var id: UInt64
    public var kind: NoticeKind
    public var release: ReleaseID?
    /// What it is about; of one release each kind and subject is told once.
    public var subject: String
    public var channel: String
    /// At most 8 KiB, of several lines where there is a list.
    public var sentence: String
    public var at: Instant

    public init(
        id: UInt64,
        kind: NoticeKind,
        release: ReleaseID?,
        subject: String,
        channel: String,
        sentence: String,
        at: Instant
    ) {
        self.id = id
        self.kind = kind
        self.release = release
        self.subject = subject
        self.channel = channel
        self.sentence = sentence
        self.at = at
    }
}

/// What a region runs of a service, since when and with which tags; the answer to `wavetrain find`.
public struct DeploymentRecord: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var release: ReleaseID
    public var stage: StageName
    public var region: RegionName
    public var service: ServiceName
    public var artifact: Artifact
    public var previous: Version?
    public var tags: [Tag]
    public var at: Instant
    /// Nil: it still runs.
    public var until: Instant?

    public init(
        plan: PlanName,
        release: ReleaseID,
        stage: StageName,
        region: RegionName,
        service: ServiceName,
        artifact: Artifact,
        previous: Version?,
        tags: [Tag],
        at: Instant,
        until: Instant?
    ) {
        self.plan = plan
        self.release = release
        self.stage = stage
        self.region = region
        self.service = service
        self.artifact = artifact
        self.previous = previous
        self.tags = tags
        self.at = at
        self.until = until
    }
}
