import TrainModel

/// What stands behind the `?` of a path; empty without values.
struct Query: CustomStringConvertible {
    private var pairs: [String] = []

    mutating func add(_ key: String, _ value: (some CustomStringConvertible)?) {
        guard let value else { return }
        pairs.append("\(key)=\("\(value)".percentEncoded)")
    }

    var description: String { pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&") }
}
