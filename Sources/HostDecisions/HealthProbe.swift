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

    /// In the plan's order.
    public let looks: [Look]

    public init(looks: [Look]) {
        self.looks = looks
    }

    enum Verdict: Hashable {
        case healthy
        case unhealthy(reason: String)
        /// Nothing failed, and not everything could be seen: a verdict without data would be a lie.
        case blind(reason: String)
    }

    /// The first check that fails decides, or else the first that saw nothing.
    var verdict: Verdict {
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
