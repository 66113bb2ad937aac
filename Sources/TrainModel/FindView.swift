import TimeAndChance

/// What a region runs of a service, since when, and what it ran before.
public struct EndpointView: Hashable, Sendable, Codable {
    public var region: RegionName
    public var service: ServiceName
    /// Nil: nothing that is known.
    public var current: DeploymentRecord?
    /// What ran before, newest first.
    public var before: [DeploymentRecord]

    public init(region: RegionName, service: ServiceName, current: DeploymentRecord?, before: [DeploymentRecord]) {
        self.region = region
        self.service = service
        self.current = current
        self.before = before
    }
}

/// One kind of act at one place, over all releases of a plan: the more time it takes, the more automating it saves.
public struct ManualActView: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case decision, vote, task, debt
    }

    public var plan: PlanName
    public var kind: Kind
    /// `stage/wave[/region]`, with the role of a vote; of a debt its sentence.
    public var subject: String
    public var count: Int
    /// From the first moment the act could be done, over all of them.
    public var took: Interval
    public var longest: Interval
    /// Sorted.
    public var people: [PersonName]

    public init(
        plan: PlanName,
        kind: Kind,
        subject: String,
        count: Int,
        took: Interval,
        longest: Interval,
        people: [PersonName]
    ) {
        self.plan = plan
        self.kind = kind
        self.subject = subject
        self.count = count
        self.took = took
        self.longest = longest
        self.people = people
    }
}

/// The newest candidate or version that may go out, and why newer ones may not.
public struct SuggestionView: Hashable, Sendable, Codable {
    public struct Refused: Hashable, Sendable, Codable {
        /// The candidate's tag, or the version where the plan cuts none.
        public var tag: Version
        public var version: Version
        /// Each a sentence.
        public var missing: [String]

        public init(tag: Version, version: Version, missing: [String]) {
            self.tag = tag
            self.version = version
            self.missing = missing
        }
    }

    public var plan: PlanName
    /// Nil: nothing is fully verified.
    public var tag: Version?
    public var version: Version?
    /// Newer ones, newest first.
    public var newer: [Refused]

    public init(plan: PlanName, tag: Version?, version: Version?, newer: [Refused]) {
        self.plan = plan
        self.tag = tag
        self.version = version
        self.newer = newer
    }
}

/// The difference between two versions of an artifact, in changes.
public struct ReleaseNotesView: Hashable, Sendable, Codable {
    public var artifact: ArtifactName
    /// Nil: nothing ran before.
    public var from: Version?
    public var to: Version
    /// What comes in, newest first.
    public var added: [Change]
    /// What goes out, because `to` is older than `from`; newest first.
    public var removed: [Change]
    /// Each ticket once, in the order of the changes.
    public var tickets: [String]

    public init(
        artifact: ArtifactName,
        from: Version?,
        to: Version,
        added: [Change],
        removed: [Change],
        tickets: [String]
    ) {
        self.artifact = artifact
        self.from = from
        self.to = to
        self.added = added
        self.removed = removed
        self.tickets = tickets
    }
}
