/// A day of the week; the week begins on Monday, as in ISO 8601. Stored and written as `Mon` … `Sun`.
public enum Weekday: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
    case monday = "Mon"
    case tuesday = "Tue"
    case wednesday = "Wed"
    case thursday = "Thu"
    case friday = "Fri"
    case saturday = "Sat"
    case sunday = "Sun"

    /// Reads `mon` and `Monday`, in capitals or not; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let wanted = text.lowercased()
        let match = Weekday.allCases.first { wanted == $0.rawValue.lowercased() || wanted == $0.name.lowercased() }
        guard let match else { return nil }
        self = match
    }

    /// In full: `Monday`.
    public var name: String {
        switch self {
        case .monday: "Monday"
        case .tuesday: "Tuesday"
        case .wednesday: "Wednesday"
        case .thursday: "Thursday"
        case .friday: "Friday"
        case .saturday: "Saturday"
        case .sunday: "Sunday"
        }
    }

    /// 0 on Monday, 6 on Sunday.
    var index: Int {
        switch self {
        case .monday: 0
        case .tuesday: 1
        case .wednesday: 2
        case .thursday: 3
        case .friday: 4
        case .saturday: 5
        case .sunday: 6
        }
    }

    public static func < (left: Weekday, right: Weekday) -> Bool { left.index < right.index }
}

extension Weekday: CustomStringConvertible {
    /// As in a table: `Mon`.
    public var description: String { rawValue }
}
