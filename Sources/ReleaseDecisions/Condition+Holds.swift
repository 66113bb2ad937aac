import TrainModel

extension Condition {
    /// Whether a value is what it must be: as numbers where both are numbers, else as text.
    func holds(for found: String) -> Bool {
        if let left = Self.number(found), let right = Self.number(value) { return compare(left, right) }
        return compare(found, value)
    }

    private func compare<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    /// Decimal, with a fraction and an exponent perhaps; what other languages write for infinities and hexadecimal
    /// numbers is text.
    private static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }

    /// `must be >= 80`.
    var demand: String { "must be \(comparison.rawValue) \(value)" }
}
