import TimeAndChance

/// One smoke test: it passes, or fails with a sentence.
public struct Check: Hashable, Sendable, Codable {
    public enum Level: String, Hashable, Sendable, Codable, CaseIterable {
        case fail, warn
    }

    /// Texts of all kinds may hold `${variable}`, but for names and patterns.
    public enum Kind: Hashable, Sendable {
        case http(HTTPCheck)
        /// `host:port`.
        case tcp(address: String)
        case tls(TLSCheck)
        /// Runs inside the release directory; passes on exit code 0.
        case command(arguments: [String])
        case file(FileCheck)
        case log(LogCheck)
        case metric(MetricCheck)
        case process(ProcessCheck)
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

extension Check.Kind {
    /// The pattern that a look needs; nil: none.
    public var pattern: String? {
        switch self {
        case .http(let http): http.bodyMatches
        case .log(let log): log.pattern
        case .tcp, .tls, .command, .file, .metric, .process, .runningVersion: nil
        }
    }
}
