import TimeAndChance
import TrainModel

/// One round of looks at a watched service.
public struct HealthProbe: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        case passed
        case failed(String)
        /// Nothing could be seen, and why.
        case blind(String)
    }

    /// What one check saw.
    public struct Look: Hashable, Sendable {
        public let check: String
        /// Its level is `fail`.
        public let decides: Bool
        public let outcome: Outcome
        public let took: Interval

        public init(_ check: String, decides: Bool, _ outcome: Outcome, took: Interval) {
            self.check = check
            self.decides = decides
            self.outcome = outcome
            self.took = took
        }
    }

    /// In the plan's order; before them the look at the release, where something is wrong with it.
    public let looks: [Look]
    /// What is wrong with the release that should be under `current`; nil: nothing.
    public let flaw: String?

    /// - Parameter unseen: why the release could not be looked at, which says nothing of it; nil: it was.
    public init(looks: [Look], flaw: String? = nil, unseen: String? = nil) {
        let outcome = flaw.map { Outcome.failed($0) } ?? unseen.map { .blind($0) }
        let release = outcome.map { [Look("release", decides: true, $0, took: .zero)] } ?? []
        self.looks = release + looks
        self.flaw = flaw
    }

    enum Verdict: Hashable {
        case healthy
        case unhealthy(reason: String)
        /// Nothing failed, and not everything could be seen: a verdict without data would be a lie.
        case blind(reason: String)
    }

    /// The first check that fails decides, or else the first that saw nothing.
    var verdict: Verdict {
        guard !looks.isEmpty else { return .blind(reason: "no smoke test looks at this service") }
        var blind: String?
        for look in looks where look.decides {
            switch look.outcome {
            case .passed: continue
            case .failed(let sentence): return .unhealthy(reason: "\(look.check): \(sentence)")
            case .blind(let sentence): blind = blind ?? "\(look.check): \(sentence)"
            }
        }
        return blind.map { .blind(reason: $0) } ?? .healthy
    }
}
