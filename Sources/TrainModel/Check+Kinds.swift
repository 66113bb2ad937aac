import TimeAndChance

/// A page is asked for, and its answer judged.
public struct HTTPCheck: Hashable, Sendable {
    public struct Header: Hashable, Sendable, Codable {
        /// In any case of letters.
        public var name: String
        /// Nil: any value.
        public var equals: String?

        public init(name: String, equals: String? = nil) {
            self.name = name
            self.equals = equals
        }
    }

    public var url: String
    public var status: HTTPStatuses
    /// Empty: any body.
    public var bodyContains: String
    /// A pattern that occurs in the body; nil: any body.
    public var bodyMatches: String?
    public var headers: [Header]
    /// An answer that took longer fails, though it came in time; nil: any.
    public var latency_max: Interval?

    public init(
        url: String,
        status: HTTPStatuses = .ok,
        bodyContains: String = "",
        bodyMatches: String? = nil,
        headers: [Header] = [],
        latency_max: Interval? = nil
    ) {
        self.url = url
        self.status = status
        self.bodyContains = bodyContains
        self.bodyMatches = bodyMatches
        self.headers = headers
        self.latency_max = latency_max
    }
}

/// The certificates that a server shows must be good for a while.
public struct TLSCheck: Hashable, Sendable, Codable {
    /// `host:port`.
    public var address: String
    /// The name asked for; nil: the address's host.
    public var serverName: String?
    /// None of them ends sooner.
    public var left_min: Interval
    /// Whether the chain must also be one that this host trusts, and of that name.
    public var isTrusted: Bool

    public init(address: String, serverName: String? = nil, left_min: Interval, isTrusted: Bool = false) {
        self.address = address
        self.serverName = serverName
        self.left_min = left_min
        self.isTrusted = isTrusted
    }
}

/// A regular file is there.
public struct FileCheck: Hashable, Sendable, Codable {
    /// Inside the release directory, or absolute.
    public var path: String
    /// It was written no longer ago; nil: at any time.
    public var age_max: Interval?
    public var size_bytes_min: Int64

    public init(path: String, age_max: Interval? = nil, size_bytes_min: Int64 = 0) {
        self.path = path
        self.age_max = age_max
        self.size_bytes_min = size_bytes_min
    }
}

/// Lines of a log file since the deployment was started.
public struct LogCheck: Hashable, Sendable, Codable {
    /// Inside the release directory, or absolute.
    public var path: String
    /// Occurs in a line that counts.
    public var pattern: String
    /// So many lines may count.
    public var lines_max: Int

    public init(path: String, pattern: String, lines_max: Int = 0) {
        self.path = path
        self.pattern = pattern
        self.lines_max = lines_max
    }
}

/// A number on the service's own page of metrics, in Prometheus' text format.
public struct MetricCheck: Hashable, Sendable, Codable {
    public struct Label: Hashable, Sendable, Codable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var url: String
    public var metric: String
    /// Samples that carry all of these count, and their values are added. Sorted by name.
    public var labels: [Label]
    /// In thousandths; nil: no bound on that side.
    public var least_milli: Int64?
    public var most_milli: Int64?
    /// What is compared is by how much a counter grows in a minute, from one look to the next.
    public var isPerMinute: Bool

    public init(
        url: String,
        metric: String,
        labels: [Label] = [],
        least_milli: Int64? = nil,
        most_milli: Int64? = nil,
        isPerMinute: Bool = false
    ) {
        self.url = url
        self.metric = metric
        self.labels = labels
        self.least_milli = least_milli
        self.most_milli = most_milli
        self.isPerMinute = isPerMinute
    }
}

/// The service's process lives, and is the same one at every look.
public enum ProcessCheck: Hashable, Sendable, Codable {
    /// Inside the release directory, or absolute; it holds the process's number.
    case pidFile(path: String)
    /// What the kernel calls the program, at most 15 bytes of it; of several the oldest.
    case program(name: String)
    /// A unit of systemd; of several processes the oldest.
    case unit(name: String)
}
