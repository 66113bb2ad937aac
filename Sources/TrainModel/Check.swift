import TimeAndChance

/// One smoke test: it passes, or fails with a sentence.
public struct Check: Hashable, Sendable, Codable {
    public enum Level: String, Hashable, Sendable, Codable, CaseIterable {
        case fail, warn
    }

    public enum Kind: Hashable, Sendable, Codable {
        /// `url` may hold `${variable}`; an empty `bodyContains` accepts any body.
        case http(url: String, status: Int, bodyContains: String)
        /// `host:port`, may hold `${variable}`.
        case tcp(address: String)
        /// Runs inside the release directory; passes on exit code 0.
        case command(arguments: [String])
        /// The service itself, asked by the verify hook, names the ordered version.
        case runningVersion
    }

    /// What reports call it.
    public let name: String
    public let level: Level
    public let kind: Kind
    /// One try takes no longer.
    public let within: Interval
    /// Pause between two tries after a failed one.
    public let every: Interval
    /// Fails for good when no try has passed by then.
    public let limit: Interval

    public init(name: String, level: Level, kind: Kind, within: Interval, every: Interval, limit: Interval) {
        self.name = name
        self.level = level
        self.kind = kind
        self.within = within
        self.every = every
        self.limit = limit
    }
}
