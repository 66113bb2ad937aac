/// A set of HTTP statuses: `200`, or `200,204,300-399`.
public struct HTTPStatuses: Hashable, Sendable {
    public static let ok = HTTPStatuses(200)
    public static let ranges_max = 20
    public static let all = 100...599

    /// Ascending, at least one status between two of them.
    public let ranges: [ClosedRange<Int>]

    public init(_ status: Int) { ranges = [status...status] }

    /// Nil for none or too many, and for what is no status.
    public init?(_ ranges: [ClosedRange<Int>]) {
        guard (1...Self.ranges_max).contains(ranges.count),
            ranges.allSatisfy({ Self.all.contains($0.lowerBound) && Self.all.contains($0.upperBound) })
        else { return nil }
        self.ranges = ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, range in
            guard let last = merged.last, last.upperBound + 1 >= range.lowerBound else { return merged.append(range) }
            merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        }
    }

    /// Reads `200,204,300-399`.
    public init?(_ text: String) {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(Self.status)
            guard ends.count <= 2, let from = ends[0], let to = ends[ends.count - 1], from <= to else { return nil }
            ranges.append(from...to)
        }
        self.init(ranges)
    }

    public func contains(_ status: Int) -> Bool { ranges.contains { $0.contains(status) } }

    /// Nil where there are several.
    public var only: Int? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }

    /// Three digits, and nothing that merely reads as a number.
    private static func status(_ text: Substring) -> Int? {
        text.utf8.count == 3 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }
}

extension HTTPStatuses: CustomStringConvertible {
    public var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

extension HTTPStatuses: Codable {
    /// A number where there is one, as plans and journals have had it from the beginning.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let only { try container.encode(only) } else { try container.encode(description) }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let status = try? container.decode(Int.self), let statuses = HTTPStatuses([status...status]) {
            self = statuses
        } else if let statuses = HTTPStatuses(try container.decode(String.self)) {
            self = statuses
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "This is no set of HTTP statuses.")
        }
    }
}
