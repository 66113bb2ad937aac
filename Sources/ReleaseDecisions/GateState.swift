import OrderedCollections
import TimeAndChance
import TrainModel

/// What people and checks have come to at the gates of one release, beside approvals and validations.
public struct GateState: Hashable, Sendable, Codable {
    public struct CastVote: Hashable, Sendable, Codable {
        public let role: String
        public let isGo: Bool
        public let isVeto: Bool
        public let by: PersonName
        public let releaseDigest: Digest
        public let evidenceDigest: Digest
        public let reason: String
        public let ticked: [String]
        public let took: Interval
        public let at: Instant
        /// Why it counts no more; nil: it counts.
        public internal(set) var voided: String?
    }

    public struct DoneTask: Hashable, Sendable, Codable {
        public let by: PersonName
        public let note: String
        public let ticked: [String]
        public let took: Interval
        public let at: Instant
    }

    public struct OpenedGate: Hashable, Sendable, Codable {
        public let by: PersonName
        public let reason: String
        public let at: Instant
    }

    /// A check whose turn has come.
    public struct CheckTurn: Hashable, Sendable, Codable {
        public let since: Instant
    }

    public struct Voiding: Hashable, Sendable, Codable {
        public let reason: String
        public let at: Instant
    }

    /// Oldest first; a person's newest vote for a role replaces the one before.
    public internal(set) var votes: OrderedDictionary<GateKey, [CastVote]> = [:]
    public internal(set) var tasks: OrderedDictionary<GateKey, DoneTask> = [:]
    /// Opened in need.
    public internal(set) var glass: OrderedDictionary<GateKey, OpenedGate> = [:]
    /// Those that are asked now.
    public internal(set) var checks: OrderedDictionary<GateKey, CheckTurn> = [:]
    /// The last time that decisions of a gate became void.
    public internal(set) var voids: OrderedDictionary<GateKey, Voiding> = [:]
    /// Since when a region of the wave in hand could have started but for its gates.
    public internal(set) var regionsReached: OrderedDictionary<RegionName, Instant> = [:]
    /// Those of them that have not started, the first of the wave last, so that it is taken off at no cost.
    var regionsToStart: [RegionName] = []
    /// When a stage ended well.
    public internal(set) var stagesEnded: OrderedDictionary<StageName, Instant> = [:]

    public init() {}
}

extension GateKey {
    /// Stands for the plan's freezes, which hold every wave and region without being listed as gates.
    static let freezeIndex = -1
}
