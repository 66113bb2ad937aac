import StructuredText
import TrainModel

extension Shape where Value == [Condition] {
    /// `where: { coverage: '>= 80', passed: true }`: fields, and what each must be. Sorted by field.
    static var conditions: Shape {
        let entries = Shape<[(key: Located<String>, value: Condition)]>.entries(of: .condition)
        return Shape("a mapping of fields to what they must be", schema: entries.schema) { node, label, problems in
            entries.read(node, label, problems)?.map { entry in
                var condition = entry.value
                condition.field = entry.key.value
                return condition
            }.sorted { $0.field < $1.field }
        }
    }
}

extension Shape where Value == Condition {
    /// `'>= 80'`, `passed`, `true`; of the whole answer until a field is named.
    static var condition: Shape {
        let wanted = "a value, or a comparison such as '>= 80'"
        return .text(wanted, schema: Schema.text(length_max: 200)) { text, place, label, problems in
            let (comparison, value) = parts(of: text)
            let isOrder = [.less, .lessOrEqual, .greater, .greaterOrEqual].contains(comparison)
            guard !value.isEmpty, !isOrder || Double(value)?.isFinite == true else {
                problems.add(
                    place,
                    .badCondition,
                    "\(label) compares with \(value.isEmpty ? "nothing" : Problem.quote(value)), which is no number",
                    remedy: "write it as '>= 80'"
                )
                return nil
            }
            return Condition(field: "", comparison: comparison, value: value)
        }
    }

    private static func parts(of text: String) -> (Condition.Comparison, String) {
        let longestFirst = Condition.Comparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
        for comparison in longestFirst where text.hasPrefix(comparison.rawValue) {
            return (comparison, String(text.dropFirst(comparison.rawValue.count).drop { $0 == " " }))
        }
        return (.equal, text)
    }
}

extension Shape where Value == String {
    /// `depth` or `.result.0.value`: keys and positions with dots between them. Read without a dot in front.
    static var jsonPath: Shape {
        let wanted = "a path in JSON such as depth or result.0.value"
        let schema = Schema.text(pattern: #"^\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"#, length_max: 200)
        return .text(wanted, schema: schema) { text, place, label, problems in
            let path = text.hasPrefix(".") ? text.dropFirst() : text[...]
            let keys = path.split(separator: ".", omittingEmptySubsequences: false)
            guard text.utf8.count <= 200, keys.allSatisfy(isKey) else {
                problems.add(place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(text))")
                return nil
            }
            return String(path)
        }
    }

    private static func isKey(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
