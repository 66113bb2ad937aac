import AgentLink
import Glibc
import Synchronization
import TimeAndChance

/// Keeps all fetches of this host together to its rates.
final class TransferPace: BundlePace {
    private struct State {
        var rate = TransferRates.Rate.unlimited
        var bucket: TokenBucket?
    }

    private let rates: TransferRates
    private let minuteOfDay: @Sendable () -> Int
    private let state = Mutex(State())

    init(_ rates: TransferRates, minuteOfDay: @escaping @Sendable () -> Int = { LocalClock.minuteOfDay() }) {
        self.rates = rates
        self.minuteOfDay = minuteOfDay
    }

    func took(_ bytes: Int) -> BundlePaceAnswer {
        let minute = minuteOfDay()
        if let wait = rates.wait(atMinute: minute) {
            return .closed(.minutes(Int64(wait.minutes)), because: wait.reason)
        }
        let now = SteadyWallClock.sinceBoot()
        let rate = rates.rate(atMinute: minute)
        let wait = state.withLock { state -> Interval in
            if state.rate != rate {
                state.rate = rate
                state.bucket =
                    if case .bytes_s(let rate_bytes_s) = rate { TokenBucket(rate_bytes_s: rate_bytes_s, now: now) } else
                    {
                        nil
                    }
            }
            return state.bucket?.take(bytes, now: now) ?? .zero
        }
        return wait > .zero ? .wait(wait) : .goOn
    }
}

/// What the clock on the wall says where this host is.
enum LocalClock {
    static func minuteOfDay() -> Int {
        var now = time(nil)
        var parts = tm()
        // The argument, or NULL for years beyond what an Int holds.
        guard localtime_r(&now, &parts) != nil else { return 0 }
        return Int(parts.tm_hour) * 60 + Int(parts.tm_min)
    }
}
