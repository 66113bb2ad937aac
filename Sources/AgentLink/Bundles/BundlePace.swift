public import TimeAndChance

/// How fast an agent may fetch, now; implemented by AgentService.
public protocol BundlePace: Sendable {
    /// So many bytes have arrived; what to do before more are taken.
    func took(_ bytes: Int) -> BundlePaceAnswer
}

public enum BundlePaceAnswer: Hashable, Sendable {
    case goOn
    case wait(Interval)
    /// Nothing may be fetched for so long; why, in words.
    case closed(Interval, because: String)
}

/// As fast as it goes.
public struct UnlimitedPace: BundlePace {
    public init() {}
    public func took(_: Int) -> BundlePaceAnswer { .goOn }
}

/// How far a fetch is.
public struct BundleProgress: Hashable, Sendable {
    /// Of the bundle, wherever they came from.
    public let present_bytes: UInt64
    /// Why nothing comes at the moment; nil: it does.
    public let waitsFor: String?

    public init(present_bytes: UInt64, waitsFor: String? = nil) {
        self.present_bytes = present_bytes
        self.waitsFor = waitsFor
    }
}

/// Where the bytes of a bundle came from in one fetch.
public struct BundleTally: Hashable, Sendable {
    /// From the controller, its indexes not counted.
    public internal(set) var controller_bytes: UInt64 = 0
    public internal(set) var neighbours_bytes: UInt64 = 0
    /// From bundles that this host has.
    public internal(set) var own_bytes: UInt64 = 0
    /// Chunks' indexes.
    public internal(set) var index_bytes: UInt64 = 0
}
