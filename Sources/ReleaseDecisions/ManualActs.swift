import TimeAndChance
import TrainModel

/// What people did by hand, for asking which of it took the most time and should be automated.
public struct ManualActs: Hashable, Sendable, Codable {
    static let acts_max = 2_000

    /// Oldest first.
    public private(set) var all: [ManualAct] = []
}

public struct ManualAct: Hashable, Sendable, Codable {
    public let plan: PlanName
    public let release: ReleaseID
    public let kind: ManualActView.Kind
    /// `stage/wave[/region]`, with the role of a vote; of a debt its sentence.
    public let subject: String
    public let by: PersonName
    public let at: Instant
    /// From the first moment it could be done.
    public let took: Interval
}

extension ManualActs {
    mutating func add(_ act: ManualAct) {
        all.append(act)
        if all.count > Self.acts_max { all.removeFirst(all.count - Self.acts_max) }
    }
}
