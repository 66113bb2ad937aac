/// A set of days of the week. Stored and written as `Mon-Fri,Sun`.
public struct Weekdays: Hashable, Sendable {
    /// Bit 0 is Monday.
    private let bits: UInt8

    public init(_ days: some Sequence<Weekday>) {
        bits = days.reduce(0) { $0 | 1 << $1.index }
    }

    public static let all = Weekdays(Weekday.allCases)

    public var isEmpty: Bool { bits == 0 }

    /// Its days from Monday on.
    public var days: [Weekday] { Weekday.allCases.filter(contains) }

    public func contains(_ day: Weekday) -> Bool { bits & 1 << day.index != 0 }
}

extension Weekdays: LosslessStringConvertible {
    /// Reads days and ranges of days, `Mon`, `Mon-Fri,Sun`, `Sat-Mon`, names as `Weekday` reads them; nil for anything
    /// else, an empty text among it.
    public init?(_ text: String) {
        var days: [Weekday] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = Weekday(ends[0]), let last = Weekday(ends[ends.count - 1]) else {
                return nil
            }
            let count = (last.index - first.index + 7) % 7 + 1
            days += (0..<count).map { Weekday.allCases[(first.index + $0) % 7] }
        }
        self.init(days)
    }

    /// Three days or more in a row are a range: `Mon-Fri`, `Sat,Sun`.
    public var description: String {
        var runs: [[Weekday]] = []
        for day in days {
            if let last = runs.last?.last, last.index + 1 == day.index {
                runs[runs.count - 1].append(day)
            } else {
                runs.append([day])
            }
        }
        return runs.map { run in
            run.count > 2 ? "\(run[0])-\(run[run.count - 1])" : run.map(\.description).joined(separator: ",")
        }.joined(separator: ",")
    }
}

extension Weekdays: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(Weekdays.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
