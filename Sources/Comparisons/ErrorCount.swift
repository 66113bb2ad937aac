/// How many of so many went wrong: requests, checks, jobs. Counts add up over a bake.
public struct ErrorCount: Hashable, Sendable, Codable {
    public let errors: Int
    /// Errors included.
    public let total: Int

    /// More than this cannot be counted here; the sums of a longer bake stay at it.
    public static let total_max = 1_000_000_000_000
    public static let none = ErrorCount(valid: 0, of: 0)

    /// Nil unless 0 ≤ errors ≤ total ≤ `total_max`.
    public init?(errors: Int, total: Int) {
        guard 0 <= errors, errors <= total, total <= Self.total_max else { return nil }
        self.init(valid: errors, of: total)
    }

    private init(valid errors: Int, of total: Int) {
        self.errors = errors
        self.total = total
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let errors = try container.decode(Int.self, forKey: .errors)
        let total = try container.decode(Int.self, forKey: .total)
        guard let count = ErrorCount(errors: errors, total: total) else {
            throw DecodingError.dataCorruptedError(
                forKey: .total,
                in: container,
                debugDescription: "\(errors) errors of \(total) cannot be"
            )
        }
        self = count
    }

    /// Saturates at `total_max`, and then leaves the right side out, so that the share stays a real one.
    public static func + (left: ErrorCount, right: ErrorCount) -> ErrorCount {
        ErrorCount(errors: left.errors + right.errors, total: left.total + right.total) ?? left
    }

    public static func += (left: inout ErrorCount, right: ErrorCount) { left = left + right }

    /// 0 to 1; 0 where nothing was counted.
    var share: Double { total == 0 ? 0 : Double(errors) / Double(total) }
}

extension ErrorCount: CustomStringConvertible {
    /// `2.1% of 4,310`
    public var description: String { "\(Words.percent(share)) of \(Words.grouped(total))" }
}
