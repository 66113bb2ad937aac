import TimeAndChance

/// A gate that a release waits before, or that people have had a word at.
public struct GateView: Hashable, Sendable, Codable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// It holds something now.
        case waiting
        /// It will hold, but nobody is asked before its time; the hold says when that is.
        case closed
        /// It lets pass, or what stood before has started.
        case passed
        /// A person opened it in need.
        case broken
    }

    /// `stage/wave` or `stage/wave/region`.
    public var subject: String
    public var kind: Hold.Kind
    /// Of a task, a check or a kind of evidence; empty: none.
    public var name: String
    public var state: State
    public var instructions: String
    /// Each point must be ticked by whoever says yes.
    public var checklist: [String]
    /// Of a vote; empty for every other gate.
    public var roles: [RoleView]
    /// Oldest first.
    public var words: [WordView]

    public init(
        subject: String,
        kind: Hold.Kind,
        name: String,
        state: State,
        instructions: String,
        checklist: [String],
        roles: [RoleView],
        words: [WordView]
    ) {
        self.subject = subject
        self.kind = kind
        self.name = name
        self.state = state
        self.instructions = instructions
        self.checklist = checklist
        self.roles = roles
        self.words = words
    }
}

/// A role of a vote, and who has it now.
public struct RoleView: Hashable, Sendable, Codable {
    public var name: String
    /// In words: groups, people, who is on call.
    public var by: String
    public var mayVeto: Bool
    public var checklist: [String]

    public init(name: String, by: String, mayVeto: Bool, checklist: [String]) {
        self.name = name
        self.by = by
        self.mayVeto = mayVeto
        self.checklist = checklist
    }
}

/// What a person said or did at a gate.
public struct WordView: Hashable, Sendable, Codable {
    /// `approved`, `rejected`, `go`, `no_go`, `veto`, `done` or `broke_glass`.
    public var act: String
    /// Of a vote; empty otherwise.
    public var role: String
    public var by: PersonName
    public var reason: String
    public var ticked: [String]
    /// From the first moment it could be said; nil: not measured.
    public var took: Interval?
    public var at: Instant
    /// Why it counts no more; empty: it counts.
    public var voided: String

    public init(
        act: String,
        role: String,
        by: PersonName,
        reason: String,
        ticked: [String],
        took: Interval?,
        at: Instant,
        voided: String
    ) {
        self.act = act
        self.role = role
        self.by = by
        self.reason = reason
        self.ticked = ticked
        self.took = took
        self.at = at
        self.voided = voided
    }
}

/// What a release was let go without, and why.
public struct WaiverView: Hashable, Sendable, Codable {
    /// A predicate's name, or `<predicate> of <change>`.
    public var subject: String
    public var by: PersonName
    public var reason: String
    public var at: Instant

    public init(subject: String, by: PersonName, reason: String, at: Instant) {
        self.subject = subject
        self.by = by
        self.reason = reason
        self.at = at
    }
}
