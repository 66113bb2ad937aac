import TimeAndChance

/// How long health is watched before a region counts as healthy, and by what.
public struct Bake: Hashable, Sendable, Codable {
    /// What a host of which nothing is heard counts as.
    public enum Silence: String, Hashable, Sendable, Codable, CaseIterable {
        /// The region gets no verdict until the host speaks.
        case inconclusive
        case unhealthy
        /// It leaves the denominator, as long as more than half of the hosts speak.
        case ignored
    }

    /// Zero: the smoke tests decide alone.
    public var duration: Interval
    /// Pause between two samples of one service on one host.
    public var every: Interval
    /// A larger share of unhealthy samples than this, per service of a region, is unhealthy; in hundredths of a per cent.
    public var unhealthy_max_bp: Int
    /// Fewer samples than this from any host are no data, and no data is never healthy.
    public var samples_min: Int
    public var silence = Silence.inconclusive
    public var comparisons: [ComparisonRule] = []
    /// After its healthy verdict a region is watched for so long more, also when its release has ended.
    public var watchAfter = Interval.zero

    public init(duration: Interval, every: Interval, unhealthy_max_bp: Int, samples_min: Int) {
        self.duration = duration
        self.every = every
        self.unhealthy_max_bp = unhealthy_max_bp
        self.samples_min = samples_min
    }
}

/// A rate of errors after the change against the same without it.
public struct ComparisonRule: Hashable, Sendable, Codable {
    public enum Source: Hashable, Sendable, Codable {
        /// The agents' own health samples: hosts with the new version against those without.
        case samples
        /// Two growing counters, asked of the outside.
        case counters(errors: Probe.Kind, total: Probe.Kind)
    }

    public enum Baseline: String, Hashable, Sendable, Codable, CaseIterable {
        /// The same place in as long a time before the change.
        case before
        /// Hosts that have not been updated yet.
        case others
    }

    public var name: String
    public var source: Source
    /// Of the source's counters: the part of the answer that counts, keys joined by dots; nil: the whole answer.
    public var errorsField: String?
    public var totalField: String?
    public var against: Baseline
    public var every: Interval
    /// Errors must be so many times the baseline's, in hundredths: 150 is half as many again.
    public var ratio_min_percent: Int
    /// Less data on either side than this is inconclusive.
    public var total_min: Int
    /// True: no verdict without data enough; false: what is missing is shown and stops nothing.
    public var isRequired: Bool

    public init(
        name: String,
        source: Source,
        against: Baseline,
        every: Interval,
        ratio_min_percent: Int,
        total_min: Int,
        isRequired: Bool
    ) {
        self.name = name
        self.source = source
        self.against = against
        self.every = every
        self.ratio_min_percent = ratio_min_percent
        self.total_min = total_min
        self.isRequired = isRequired
    }
}
