import Calendars
import TimeAndChance

/// A condition before a wave or region may start.
public enum Gate: Hashable, Sendable, Codable {
    case approval(ApprovalRule)
    case vote(VoteRule)
    case window(Window)
    case prerequisite(PrerequisiteRule)
    case evidence(EvidenceRule)
    case changes(ChangesRule)
    case check(ProbeRule)
    case task(TaskRule)
    /// No debt of the plan's train is open.
    case noDebts
}

/// Who may act. A rotation is looked up at the moment of the act.
public enum Actors: Hashable, Sendable, Codable {
    case group(GroupName)
    case person(PersonName)
    case oncall(RotationName)
}

/// Who may let a wave or region go on.
public struct ApprovalRule: Hashable, Sendable, Codable {
    /// Two words of the field for two different acts.
    public enum Act: String, Hashable, Sendable, Codable, CaseIterable {
        /// Lets the next step go on.
        case approval
        /// Says that what has run is safe.
        case validation
    }

    public var act = Act.approval
    /// Anybody of any of these may decide.
    public var by: [Actors]
    /// So many distinct people must approve; one rejection ends the release.
    public var quorum: Int
    /// The release's author does not count.
    public var notAuthor: Bool
    public var instructions = ""
    /// Each point must be ticked by everybody who approves.
    public var checklist: [String] = []
    /// Without a decision by then, counted from the first moment it could be given, the release is rejected; nil: waits.
    public var timeout: Interval?
    /// An approval counts for so long: a grant; nil: until the release ends.
    public var validFor: Interval?

    public init(by: [Actors], quorum: Int = 1, notAuthor: Bool = false) {
        self.by = by
        self.quorum = quorum
        self.notAuthor = notAuthor
    }
}

/// Every role says GO, with a reason, or the release does not depart. A person counts for one role; a NO-GO stands until
/// the same person takes it back.
public struct VoteRule: Hashable, Sendable, Codable {
    public struct Role: Hashable, Sendable, Codable {
        public var name: String
        public var by: [Actors]
        /// A NO-GO of this role stops the release whatever the others say.
        public var mayVeto = false
        /// Each point must be ticked with a GO.
        public var checklist: [String] = []

        public init(name: String, by: [Actors]) {
            self.name = name
            self.by = by
        }
    }

    public var roles: [Role]
    /// Votes are taken when this is open; nil: as soon as the gate waits.
    public var opens: Window?

    public init(roles: [Role]) {
        self.roles = roles
    }
}

/// What must have ended well before.
public enum PrerequisiteRule: Hashable, Sendable, Codable {
    /// This release's own earlier stage has been healthy for at least so long.
    case ownStage(StageName, healthyFor: Interval)
    /// A release of that plan has ended that stage well with this release's versions, so long ago at least.
    case finished(plan: PlanName, stage: StageName, healthyFor: Interval)
    /// This release's versions are those that last ended that stage well, and no others.
    case sameVersionAs(plan: PlanName, stage: StageName)
}

/// An attestation about each artifact of the release.
public struct EvidenceRule: Hashable, Sendable, Codable {
    /// What it must not be older than.
    public enum Age: Hashable, Sendable, Codable {
        /// The artifact's own build (or push, where the build's time is not known).
        case build
        /// The last time the artifact's version ended that stage well.
        case deployment(plan: PlanName, stage: StageName)
    }

    /// The attestation's kind, such as `unit-tests`.
    public var predicate: PredicateName
    /// Who may attest; empty: anybody who may act as operator.
    public var by: [Actors] = []
    public var conditions: [Condition] = []
    public var notOlderThan = Age.build
    /// Nil: any age.
    public var age_max: Interval?
    /// Who may let the release go without, with a reason; empty: nobody.
    public var waiverBy: [Actors] = []

    public init(predicate: PredicateName) {
        self.predicate = predicate
    }
}

/// Every change of the release has an attestation of its own.
public struct ChangesRule: Hashable, Sendable, Codable {
    /// Such as `signed-off`.
    public var predicate: PredicateName
    public var by: [Actors] = []
    public var waiverBy: [Actors] = []

    public init(predicate: PredicateName) {
        self.predicate = predicate
    }
}

/// A field of an answer or an attestation, and what it must be.
public struct Condition: Hashable, Sendable, Codable {
    public enum Comparison: String, Hashable, Sendable, Codable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    /// Keys joined by dots, `result.0.value`; empty: the whole value.
    public var field: String
    public var comparison: Comparison
    /// Compared as numbers where both are numbers, else as text.
    public var value: String

    public init(field: String, comparison: Comparison, value: String) {
        self.field = field
        self.comparison = comparison
        self.value = value
    }
}

/// Looked up again and again until every probe passes at the same moment, and once more right before anything starts.
public struct ProbeRule: Hashable, Sendable, Codable {
    public var name: String
    public var probes: [Probe]
    public var every: Interval
    /// The release is rejected when the check has not passed so long after it first could; nothing was deployed.
    public var giveUpAfter: Interval

    public init(name: String, probes: [Probe], every: Interval, giveUpAfter: Interval) {
        self.name = name
        self.probes = probes
        self.every = every
        self.giveUpAfter = giveUpAfter
    }
}

/// A question the controller asks the outside.
public struct Probe: Hashable, Sendable, Codable {
    public enum Kind: Hashable, Sendable, Codable {
        /// A GET; the answer must be 2xx, and JSON where a field is asked for.
        case http(url: String)
        /// An instant query; the answer is the one sample's value.
        case prometheus(url: String, query: String)
        /// A program that the controller's own configuration names, with these variables; its standard output is the answer.
        case recipe(RecipeName, variables: [Variable])
    }

    public var name: String
    public var kind: Kind
    public var expects: Condition
    public var timeout: Interval

    public init(name: String, kind: Kind, expects: Condition, timeout: Interval) {
        self.name = name
        self.kind = kind
        self.expects = expects
        self.timeout = timeout
    }
}

/// Something a person does by hand and says so; the time it takes is recorded.
public struct TaskRule: Hashable, Sendable, Codable {
    public var name: String
    public var by: [Actors]
    public var instructions = ""
    public var checklist: [String] = []

    public init(name: String, by: [Actors]) {
        self.name = name
        self.by = by
    }
}
