import ControllerService
import Cryptography
import Synchronization
import TimeAndChance
import TrainModel

/// The way in for a chat system: what it sends is signed with a secret that only it and the controller know, and each of
/// its users is an operator or nobody.
public final class ChatDoor: Sendable {
    public static let secret_bytes_min = 32
    /// Between the chat's clock and this one's, either way.
    static let skew_max = Interval.minutes(5)
    static let version = "v1"
    /// Seconds since 1970 have ten digits for the next 200 years.
    private static let timestampDigits_max = 11

    private struct Memory {
        /// Signatures of the last minutes and until when each is remembered, so that none counts twice.
        var seen: [[UInt8]: Instant] = [:]
        var lastRecorded: Instant?
    }

    private let secret: [UInt8]
    private let people: [String: Operator]
    private let memory = Mutex(Memory())

    /// - Parameter secret: at least `secret_bytes_min` bytes.
    public init(secret: [UInt8], operators: [Operator]) {
        self.secret = secret
        people = Dictionary(operators.compactMap { person in person.chat.map { ($0, person) } }) { first, _ in first }
    }

    /// Who a user of the chat is; nil: nobody that is known here.
    func person(_ user: String) -> Operator? { people[user] }

    /// Whether the chat has just written this body: `v1=` and the HMAC-SHA-256 of `v1:<timestamp>:<body>` in hexadecimal
    /// digits, with a timestamp (seconds since 1970) of these minutes, for the first time.
    func admits(_ body: [UInt8], timestamp: String, signature: String, at now: Instant) -> Bool {
        guard timestamp.utf8.count <= Self.timestampDigits_max, let time_s = Int64(timestamp),
            abs(now.unix_ms / 1_000 - time_s) <= Self.skew_max.ms / 1_000
        else { return false }
        let expected = MessageAuthentication.hmacSHA256(
            of: Array("\(Self.version):\(timestamp):".utf8) + body,
            key: secret
        )
        let text = Array("\(Self.version)=\(Self.hex(expected))".utf8)
        guard ConstantTime.equal(text, Array(signature.utf8)) else { return false }
        return memory.withLock { memory in
            memory.seen = memory.seen.filter { now < $0.value }
            guard memory.seen[expected] == nil else { return false }
            // Until then the timestamp could be taken for a present one.
            memory.seen[expected] = now + Self.skew_max + Self.skew_max
            return true
        }
    }

    /// True once a minute, so that whoever tries signatures cannot fill the log.
    func mayRecord(at now: Instant) -> Bool {
        memory.withLock { memory in
            if let last = memory.lastRecorded, now - last < .minutes(1) { return false }
            memory.lastRecorded = now
            return true
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
