import TimeAndChance

/// Why something does not go on: what is unmet, who can act, when it could change by itself.
///
/// The board, the command line, the log and the rehearsal show the same holds in the same words.
public struct Hold: Hashable, Sendable, Codable {
    /// For programs; stable.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case approval, validation, vote, window, freeze, prerequisite, evidence, changes, check, task, debt
        case paused, stopped, retrying, pinned
        case noHosts = "no_hosts"
        case hostAbsent = "host_absent"
        case clockOff = "clock_off"
        /// A host's agent is there and takes no orders until the host is mended.
        case hostInTrouble = "host_in_trouble"
        case answerAwaited = "answer_awaited"
        case tooManyUnavailable = "too_many_unavailable"
        case baking
        case noHealthData = "no_health_data"
        case hostStuck = "host_stuck"
        /// A comparison has not enough data.
        case comparing
    }

    public let kind: Kind
    /// What is held: a release, `stage/wave` or `stage/wave/region`.
    public let subject: String
    /// One sentence.
    public let unmet: String
    /// Who or what can end it; empty: only time.
    public let canAct: String
    public let since: Instant?
    /// When it could change without anybody acting; nil: never.
    public let nextChange: Instant?

    public init(kind: Kind, subject: String, unmet: String, canAct: String, since: Instant?, nextChange: Instant?) {
        self.kind = kind
        self.subject = subject
        self.unmet = unmet
        self.canAct = canAct
        self.since = since
        self.nextChange = nextChange
    }
}
