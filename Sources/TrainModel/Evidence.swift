import TimeAndChance

/// Where an artifact comes from.
public struct ArtifactSource: Hashable, Sendable, Codable {
    /// Empty: not said.
    public var branch = ""
    public var commit = ""
    /// Nil: not said; the push counts then.
    public var built: Instant?
    /// Where a recipe finds what Wavetrain does not carry, such as `registry.example.com/web@sha256:…`; empty: a bundle.
    public var reference = ""
    /// Since the version before, newest first; at most 2,000.
    public var changes: [Change] = []

    public init() {}
}

/// One change that an artifact carries.
public struct Change: Hashable, Sendable, Codable {
    /// Such as a commit.
    public var id: String
    public var author: String
    public var title: String
    /// The tracker's number; empty: none.
    public var ticket: String

    public init(id: String, author: String, title: String, ticket: String) {
        self.id = id
        self.author = author
        self.title = title
        self.ticket = ticket
    }
}

/// Somebody's or some system's signed-in word about an artifact or a change.
public struct Attestation: Hashable, Sendable, Codable {
    public enum Subject: Hashable, Sendable, Codable {
        case artifact(Digest)
        /// A change's id.
        case change(String)
    }

    public var subject: Subject
    public var predicate: PredicateName
    /// Flattened: `coverage` → `81.5`; at most 100, 4 KiB in all.
    public var fields: [String: String]
    /// A link or a note for people; empty: none.
    public var note: String
    /// When what it says was true.
    public var about: Instant

    public init(
        subject: Subject,
        predicate: PredicateName,
        fields: [String: String],
        note: String,
        about: Instant
    ) {
        self.subject = subject
        self.predicate = predicate
        self.fields = fields
        self.note = note
        self.about = about
    }
}

/// A named point at which everything merged was collected: `2026.11.20`, or `2026.11.20.1` by hand.
public struct Candidate: Hashable, Sendable, Codable {
    public var tag: Version
    /// Of the artifact that holds it.
    public var version: Version
    /// Since the candidate before, newest first.
    public var changes: [Change]

    public init(tag: Version, version: Version, changes: [Change]) {
        self.tag = tag
        self.version = version
        self.changes = changes
    }
}

/// What a probe came to.
public struct ProbeAnswer: Hashable, Sendable, Codable {
    /// The value that was looked at, as text, at most 256 bytes; empty when there was no answer.
    public var value: String
    /// Why there is no value; empty when there is.
    public var failure: String

    public init(value: String, failure: String) {
        self.value = value
        self.failure = failure
    }
}
