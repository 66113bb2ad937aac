/// How a release ended.
public enum ReleaseOutcome: String, Hashable, Sendable, Codable, CaseIterable {
    case completed, rolledBack, aborted, rejected
    /// A newer release of the same plan took its place while it waited before a stage.
    case superseded
    /// An ad hoc release whose time was over; its stage returned to what the plan says.
    case expired
}

/// What a gate stands before: a wave, or one region of it.
public struct GateKey: Hashable, Sendable, Codable {
    public let stage: StageName
    public let wave: WaveName
    /// Nil: the whole wave.
    public let region: RegionName?
    /// Which of the gates that stand there, from 0.
    public let index: Int

    public init(stage: StageName, wave: WaveName, region: RegionName?, index: Int) {
        self.stage = stage
        self.wave = wave
        self.region = region
        self.index = index
    }
}

extension GateKey: CustomStringConvertible {
    /// As people name it: `production/part-1/westus3`.
    public var description: String {
        "\(stage)/\(wave)" + (region.map { "/\($0)" } ?? "")
    }
}
