/// A length of time in whole milliseconds. Arithmetic saturates.
public struct Interval: Hashable, Comparable, Sendable, Codable {
    public let ms: Int64

    public init(ms: Int64) {
        self.ms = ms
    }

    public init(from decoder: any Decoder) throws {
        self.init(ms: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(ms)
    }

    public static let zero = Interval(ms: 0)

    public static func milliseconds(_ count: Int64) -> Interval { Interval(ms: count) }
    public static func seconds(_ count: Int64) -> Interval { Interval(ms: 1_000) * count }
    public static func minutes(_ count: Int64) -> Interval { Interval(ms: 60_000) * count }
    public static func hours(_ count: Int64) -> Interval { Interval(ms: 3_600_000) * count }
    public static func days(_ count: Int64) -> Interval { Interval(ms: 86_400_000) * count }

    public static func < (left: Interval, right: Interval) -> Bool { left.ms < right.ms }

    public static func + (left: Interval, right: Interval) -> Interval {
        let (sum, overflow) = left.ms.addingReportingOverflow(right.ms)
        return Interval(ms: overflow ? (right.ms > 0 ? .max : .min) : sum)
    }

    public static func * (interval: Interval, factor: Int64) -> Interval {
        let (product, overflow) = interval.ms.multipliedReportingOverflow(by: factor)
        return Interval(ms: overflow ? ((interval.ms > 0) == (factor > 0) ? .max : .min) : product)
    }
}

extension Interval: CustomStringConvertible {
    /// As a person writes it in a plan: `250ms`, `5s`, `1h30m`, `2d`; zero is `0s`.
    public var description: String {
        guard ms != 0 else { return "0s" }
        var rest = ms.magnitude
        var text = ms < 0 ? "-" : ""
        for (unit, size_ms) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
            as [(String, UInt64)]
        where rest >= size_ms {
            text += "\(rest / size_ms)\(unit)"
            rest %= size_ms
        }
        return text
    }
}

extension Interval {
    /// Reads what `description` writes: numbers with the units `d`, `h`, `m`, `s`, `ms`, largest first, each at most
    /// once, no spaces, no sign. Returns nil for anything else, and for what does not fit 64 bits of milliseconds.
    public init?(_ text: some StringProtocol) {
        var total: Int64 = 0
        var lastSize_ms = Int64.max
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[unit.endIndex...]
            guard let count = Int64(digits), let size_ms = Interval.size_ms(of: unit), size_ms < lastSize_ms else {
                return nil
            }
            let (part, partOverflow) = count.multipliedReportingOverflow(by: size_ms)
            let (sum, sumOverflow) = total.addingReportingOverflow(part)
            guard !partOverflow, !sumOverflow else { return nil }
            total = sum
            lastSize_ms = size_ms
        }
        self.init(ms: total)
    }

    private static func size_ms(of unit: some StringProtocol) -> Int64? {
        switch unit {
        case "ms": 1
        case "s": 1_000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }
}
