/// A part of a region's hosts, as a count or as a percentage.
public enum Share: Hashable, Sendable, Codable {
    /// At least 1.
    case count(Int)
    /// 1 to 100.
    case percent(Int)

    /// How many of `total` hosts this is: at least 1, at most `total`; percentages round down.
    public func hosts(of total: Int) -> Int {
        let wanted =
            switch self {
            case .count(let count): count
            case .percent(let percent): total * percent / 100
            }
        return max(1, min(wanted, total))
    }
}

extension Share: CustomStringConvertible {
    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }
}
