import ControllerService
import Synchronization
import TrainModel

/// Stops whoever guesses tokens: after some wrong ones an address is refused for a while, with right tokens too, so that
/// no guess is answered. Operators whose token was right from that address before still get in: nobody can keep them
/// from aborting a release by guessing beside them.
struct LogInLimit: Sendable {
    enum Verdict: Hashable {
        case admitted
        /// This many wrong ones now.
        case wrong
        /// `isNews`: the first refusal of this period.
        case tooMany(retryAfter: Duration, isNews: Bool)
    }

    private struct Attempts {
        let end: ContinuousClock.Instant
        var wrong = 0
        var isSaid = false
    }

    /// Memory stays below a megabyte whoever asks.
    static let addresses_max = 4_096
    private static let known_max = 1_024

    private let wrong_max: Int
    private let period: Duration
    private var attempts: [ClientAddress: Attempts] = [:]
    private var known: [ClientAddress: Set<PersonName>] = [:]

    init(wrong_max: Int, period: Duration) {
        self.wrong_max = wrong_max
        self.period = period
    }

    /// - Parameter owner: whose token it is; nil: nobody's.
    mutating func judge(_ address: ClientAddress, owner: PersonName?, at now: ContinuousClock.Instant) -> Verdict {
        if let ended = attempts[address], ended.end <= now { attempts[address] = nil }
        if let owner, known[address]?.contains(owner) == true { return .admitted }
        if var present = attempts[address], present.wrong >= wrong_max {
            defer { attempts[address] = present }
            let isNews = !present.isSaid
            present.isSaid = true
            return .tooMany(retryAfter: present.end - now, isNews: isNews)
        }
        if let owner {
            if known.count < Self.known_max || known[address] != nil { known[address, default: []].insert(owner) }
            return .admitted
        }
        makeRoom(for: address, at: now)
        attempts[address, default: Attempts(end: now + period)].wrong += 1
        return .wrong
    }

    var addresses_count: Int { attempts.count }

    private mutating func makeRoom(for address: ClientAddress, at now: ContinuousClock.Instant) {
        guard attempts[address] == nil, attempts.count >= Self.addresses_max else { return }
        attempts = attempts.filter { $0.value.end > now }
        guard attempts.count >= Self.addresses_max, let first = attempts.min(by: { $0.value.end < $1.value.end }) else {
            return
        }
        attempts[first.key] = nil
    }
}

/// The limit, for all connections.
final class LogIns: Sendable {
    private let limit: Mutex<LogInLimit>

    init(_ limits: BoardLimits) {
        limit = Mutex(LogInLimit(wrong_max: limits.wrongTokens_max, period: limits.wrongTokenPeriod))
    }

    func judge(_ address: ClientAddress, owner: PersonName?) -> LogInLimit.Verdict {
        limit.withLock { $0.judge(address, owner: owner, at: .now) }
    }
}
