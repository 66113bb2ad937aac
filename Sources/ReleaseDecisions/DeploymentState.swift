import OrderedCollections
import TimeAndChance
import TrainModel

/// What has ended well where, what runs where, and what must stay as it is.
public struct DeploymentState: Sendable {
    static let completions_max = 200
    static let records_max = 20_000

    /// By plan and stage, oldest first.
    public internal(set) var completions: OrderedDictionary<StageKey, [Completion]> = [:]
    /// Oldest first; those that still run are never dropped.
    public private(set) var records: [DeploymentRecord] = []
    /// Returned on purpose; no release may change them until a person releases them.
    public internal(set) var pins: OrderedDictionary<TargetKey, Pin> = [:]
    /// Where among the records those of each target are, oldest first.
    private var places: [TargetKey: [Int]] = [:]

    public init() {}

    /// What runs there, as far as is recorded.
    func running(_ target: TargetKey) -> DeploymentRecord? {
        places[target]?.last.map { records[$0] }.flatMap { $0.until == nil ? $0 : nil }
    }

    /// The last time that this ran there.
    func last(of artifact: Artifact, at target: TargetKey) -> DeploymentRecord? {
        places[target]?.last { records[$0].artifact == artifact }.map { records[$0] }
    }

    /// From now on this runs in the place of what ran before.
    mutating func begin(_ record: DeploymentRecord) {
        if let place = places[record.target]?.last, records[place].until == nil { records[place].until = record.at }
        places[record.target, default: []].append(records.count)
        records.append(record)
        if records.count > max(Self.records_max, places.count * 2) { shrink() }
    }

    /// A tenth at a time, so that it is seldom.
    private mutating func shrink() {
        var surplus = records.count - Self.records_max * 9 / 10
        records.removeAll { record in
            guard surplus > 0, record.until != nil else { return false }
            surplus -= 1
            return true
        }
        findPlaces()
    }

    private mutating func findPlaces() {
        places = [:]
        for (place, record) in records.enumerated() { places[record.target, default: []].append(place) }
    }

    mutating func add(_ completion: Completion, to stage: StageKey) {
        completions[stage, default: []].append(completion)
        let surplus = (completions[stage]?.count ?? 0) - Self.completions_max
        if surplus > 0 { completions[stage]?.removeFirst(surplus) }
    }

    /// What a release ended well turned out not to be, or is gone.
    mutating func dropCompletion(of release: ReleaseID, in stage: StageKey) {
        completions[stage]?.removeAll { $0.release == release }
    }
}

extension DeploymentState: Codable {
    private enum CodingKeys: String, CodingKey {
        case completions, records, pins
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        completions = try fields.decode(OrderedDictionary<StageKey, [Completion]>.self, forKey: .completions)
        records = try fields.decode([DeploymentRecord].self, forKey: .records)
        pins = try fields.decode(OrderedDictionary<TargetKey, Pin>.self, forKey: .pins)
        findPlaces()
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(completions, forKey: .completions)
        try fields.encode(records, forKey: .records)
        try fields.encode(pins, forKey: .pins)
    }
}

extension DeploymentRecord {
    var target: TargetKey { TargetKey(region: region, service: service) }
}

public struct StageKey: Hashable, Sendable, Codable {
    public let plan: PlanName
    public let stage: StageName
}

/// A release ended a stage well.
public struct Completion: Hashable, Sendable, Codable {
    public let release: ReleaseID
    public let artifacts: [ServiceName: Artifact]
    public let at: Instant
    public let isAdHoc: Bool
}

public struct Pin: Hashable, Sendable, Codable {
    /// That returned.
    public let release: ReleaseID
    public let since: Instant
}
