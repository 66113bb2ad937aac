import ReleaseDecisions
import TimeAndChance
import TrainModel

/// One thing that happened, in words and as data.
public struct TimelineEntry: Hashable, Sendable, Codable {
    /// The kind of an entry that says what is waited for from now on.
    public static let waits = "waits"
    /// The kind of one that says that a wait is over, and how long it was.
    public static let waited = "waited"

    public let at: Instant
    /// Nil: not about one release.
    public let release: ReleaseID?
    /// `stage/wave`, `stage/wave/region`, or what else it is about; empty: the whole release.
    public let subject: String
    /// `waits`, `waited`, or the event's stored kind.
    public let kind: String
    public let sentence: String
    /// Of interest only to those who look at single hosts and orders.
    public let isDetail: Bool

    public init(
        at: Instant,
        release: ReleaseID?,
        subject: String,
        kind: String,
        sentence: String,
        isDetail: Bool = false
    ) {
        self.at = at
        self.release = release
        self.subject = subject
        self.kind = kind
        self.sentence = sentence
        self.isDetail = isDetail
    }

    /// `state` has the event folded in. Nil for what concerns nobody who reads a rehearsal.
    init?(_ event: Event, at now: Instant, in state: TrainState) {
        guard let words = EventWords(event, at: now, in: state) else { return nil }
        self.init(
            at: now,
            release: words.release,
            subject: words.subject,
            kind: event.stored.kind.rawValue,
            sentence: words.sentence,
            isDetail: words.isDetail
        )
    }
}
