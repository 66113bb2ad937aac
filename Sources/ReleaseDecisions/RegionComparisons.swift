import Comparisons
import OrderedCollections
import TimeAndChance
import TrainModel

/// What is known of error rates in a region that is compared with what runs without the change.
struct RegionComparisons: Sendable {
    struct State: Sendable {
        var next: Instant
        /// Counted since the region started.
        var after = CounterPair()
        /// Of the time before; nil: not known yet.
        var before: ErrorCount?
        /// Of the last look: the worst of its services, or the one with the least data.
        var result: ComparisonResult?
        /// Nothing ran there before, so there is nothing to compare with.
        var isIdle = false

        /// Where nobody could read the counters before the change, all that they had counted by then is the time before.
        mutating func read(_ value: Int, isErrors: Bool) {
            after.read(value, isErrors: isErrors)
            guard before == nil, after.isRead else { return }
            before = after.values
            after.startAnew()
        }
    }

    var states: OrderedDictionary<String, State> = [:]
    /// What had been counted of each version when the region started.
    let baseline: [VersionKey: ErrorCount]

    init(baseline: [VersionKey: ErrorCount]) {
        self.baseline = baseline
    }
}

/// Samples of one version wherever a stage runs it.
struct VersionKey: Hashable, Sendable {
    let stage: StageName
    let service: ServiceName
    let digest: Digest
}

/// Two counters that grow, errors and everything, read now and then.
struct CounterPair: Sendable {
    private var errors = Counter()
    private var total = Counter()

    mutating func read(_ value: Int, isErrors: Bool) {
        if isErrors { errors.read(value) } else { total.read(value) }
    }

    /// Both have been read at least once.
    var isRead: Bool { errors.last != nil && total.last != nil }

    /// What was counted between readings.
    var counted: ErrorCount { ErrorCount(errors: min(errors.sum, total.sum), total: total.sum) ?? .none }

    /// What the counters themselves say: all that was counted since they began.
    var values: ErrorCount {
        let total = total.last ?? 0
        return ErrorCount(errors: min(errors.last ?? 0, total), total: total) ?? .none
    }

    /// Goes on from the last readings with nothing counted.
    mutating func startAnew() {
        errors.sum = 0
        total.sum = 0
    }

    private struct Counter: Sendable {
        var last: Int?
        var sum = 0

        /// A counter that is lower than before has begun anew.
        mutating func read(_ value: Int) {
            if let last { sum += value >= last ? value - last : value }
            last = value
        }
    }
}

/// The counters of the last while before a change.
struct RecentCounters: Sendable {
    private var pair = CounterPair()
    private var earlier = ErrorCount.none
    private var began: Instant?

    mutating func read(_ value: Int, isErrors: Bool) { pair.read(value, isErrors: isErrors) }

    /// What was counted longer ago than twice the window gives way.
    mutating func turn(_ window: Interval, at now: Instant) {
        let since = began ?? now
        began = since
        guard now - since >= window else { return }
        began = now
        earlier = pair.counted
        pair.startAnew()
    }

    /// What was counted, nil where nothing was, and the counters to go on with.
    var ended: (before: ErrorCount?, after: CounterPair) {
        let before = earlier + pair.counted
        var after = pair
        after.startAnew()
        return (before.total > 0 ? before : nil, after)
    }
}
