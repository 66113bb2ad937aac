/// What went wrong with the event log, for programs (`code`) and for people (the rest).
///
/// `description` is one line: place, sentence, remedy, code.
public struct EventStoreError: Error, Hashable, Sendable {
    public let code: Code
    /// What happened, as one sentence without the place.
    public let sentence: String
    /// Where: a file, a line of an export, a sequence number.
    public let place: String
    /// What a person can do about it.
    public let remedy: String

    public init(_ code: Code, _ sentence: String, place: String, remedy: String) {
        self.code = code
        self.sentence = sentence
        self.place = place
        self.remedy = remedy
    }
}

extension EventStoreError {
    /// A stable name; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        private init(_ name: String) { description = name }

        // What a caller asked for cannot be.
        public static let invalidDraft = Code("invalid-draft")
        public static let invalidSnapshot = Code("invalid-snapshot")
        public static let invalidDocument = Code("invalid-document")
        public static let notEnqueued = Code("not-enqueued")
        public static let closed = Code("closed")

        // The database cannot be opened; nothing in it was changed.
        public static let alreadyOpen = Code("already-open")
        public static let missing = Code("missing")
        public static let permission = Code("permission")
        public static let unsafe = Code("unsafe")
        public static let notADatabase = Code("not-a-database")
        public static let foreign = Code("foreign")
        public static let newer = Code("newer")
        public static let wrongCluster = Code("wrong-cluster")

        // The disk or what is on it.
        public static let damaged = Code("damaged")
        public static let diskFull = Code("disk-full")
        public static let failed = Code("failed")

        // An exported log.
        public static let malformedExport = Code("malformed-export")
    }
}

extension EventStoreError: CustomStringConvertible {
    public var description: String { "\(place): \(sentence). \(remedy). [\(code)]" }
}
