import TimeAndChance

/// What a team knows about a failure: how to recognise it and what it means.
public struct FailureRule: Hashable, Sendable, Codable {
    /// All that are given must hold.
    public struct Match: Hashable, Sendable, Codable {
        /// A pattern that occurs in what the step printed or in its sentence; empty: any.
        public var output = ""
        public var exitCode: Int?
        /// Empty: any.
        public var steps: [Step] = []
        /// The name of a smoke test; empty: any.
        public var check = ""

        public init() {}
    }

    public enum Action: Hashable, Sendable, Codable {
        /// Passes by itself: the whole order again, so many times at most, after a pause that doubles from the first to
        /// the longest, with jitter.
        case retry(times_max: Int, pause: Interval, pause_max: Interval)
        /// Perhaps no failure: the host asks the service which version runs; if it is the new one, the step succeeded.
        case verify
        case rollBack(RollBackScope)
        case stop
        /// As the wave says.
        case asUsual
    }

    public var name: String
    public var match = Match()
    public var action: Action
    /// Whom to call.
    public var page: [Actors] = []
    /// Look-ups that run by themselves and appear with the failure.
    public var diagnose: [Diagnosis] = []

    public init(name: String, action: Action) {
        self.name = name
        self.action = action
    }
}

/// A look-up that helps a person understand a failure.
public struct Diagnosis: Hashable, Sendable, Codable {
    public enum Kind: Hashable, Sendable, Codable {
        /// On the host that failed, in the release's directory; at most 30 s and 2 KiB of output.
        case command([String])
        /// From the controller.
        case probe(Probe.Kind)
    }

    public var name: String
    public var kind: Kind

    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// What a look-up found.
public struct Finding: Hashable, Sendable, Codable {
    public var name: String
    /// At most 2 KiB.
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
