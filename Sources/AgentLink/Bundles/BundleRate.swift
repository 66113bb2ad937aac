import NIOConcurrencyHelpers
import TimeAndChance

/// One rate for all who are sent something; nil: none.
final class BundleRate: Sendable {
    private let bucket: NIOLockedValueBox<TokenBucket?>

    init(rate_bytes_s: Int?) {
        bucket = NIOLockedValueBox(rate_bytes_s.map { TokenBucket(rate_bytes_s: $0, now: Clocks.steady()) })
    }

    /// How long these bytes have to wait; they are counted now.
    func take(_ bytes: Int) -> Interval {
        bucket.withLockedValue { $0?.take(bytes, now: Clocks.steady()) } ?? .zero
    }
}
