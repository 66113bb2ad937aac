/// Reads the keys of one mapping, records every mistake instead of stopping at the first, and at the end names the
/// keys that nobody asked for and those that are missing.
///
/// ```swift
/// let fields = Fields(node, problems)
/// let host = fields.string("host")                                     // nil after a recorded problem
/// let port = fields.integer("port", in: 1...65535, default: 7443)
/// let tls = fields.optional("tls", .mapping { TLSSettings($0) })
/// fields.finish()
/// try problems.check()
/// ```
///
/// An accessor without `default` returns nil only after it recorded a problem (or, for the `optional` ones, when the
/// key is absent). A value that is given but cannot be read is always a problem, never the default.
public final class Fields {
    /// Where the mapping begins.
    public let place: Place
    public let problems: ProblemCollector

    private let entries: [Mapping.Entry]
    private let isMapping: Bool
    private var isIgnoringTheRest = false
    private var asked: [String] = []
    private var refused: Set<String> = []
    private var missing: [(key: String, wanted: String)] = []
    private var sketch: FieldsSketch?

    /// - Parameter label: what the node is, for a sentence when it is no mapping.
    public init(_ node: Node, _ problems: ProblemCollector, label: String = "this") {
        place = node.place
        self.problems = problems
        entries = node.mapping?.entries ?? []
        isMapping = node.mapping != nil
        if !isMapping {
            problems.add(place, .wrongType, "\(label) must be a mapping of keys to values, not \(node.summary)")
        }
    }

    /// The schema of the mapping that `body` reads: it is run once over nothing, and each key that it asks for is
    /// written down. So `body` must ask for every key, whatever it has found before.
    public static func schema<Value>(_ catalogue: SchemaCatalogue, _ body: (Fields) -> Value?) -> JSONValue {
        let fields = Fields(Node(.mapping(Mapping([])), at: .start(of: "")), ProblemCollector())
        let sketch = FieldsSketch(catalogue)
        fields.sketch = sketch
        _ = body(fields)
        return sketch.schema
    }

    // MARK: Reading

    /// The value of a key that must be there; nil after a recorded problem.
    ///
    /// - Parameter meaning: what the key says, for editors that show it.
    public func required<Value>(_ key: String, _ shape: Shape<Value>, _ meaning: String? = nil) -> Value? {
        sketch?.add(key, shape, meaning, isRequired: true)
        guard let node = node(key) else {
            missing.append((key, shape.wanted))
            return nil
        }
        return shape.read(node, "\"\(key)\"", problems)
    }

    /// The value of a key that may be left out; nil when it is, or after a recorded problem.
    public func optional<Value>(_ key: String, _ shape: Shape<Value>, _ meaning: String? = nil) -> Value? {
        sketch?.add(key, shape, meaning, isRequired: false)
        return node(key).flatMap { shape.read($0, "\"\(key)\"", problems) }
    }

    /// The value of a key, or `default` when it is left out (and after a recorded problem).
    public func value<Value>(_ key: String, _ shape: Shape<Value>, default: Value, _ meaning: String? = nil) -> Value {
        optional(key, shape, meaning) ?? `default`
    }

    /// Demands exactly one of several keys, each of which has been asked for as optional; where the key `other` stands,
    /// none of them.
    public func requireOne(of keys: String..., unless other: String? = nil) {
        sketch?.demandOne(of: keys, unless: other)
        guard sketch == nil, isMapping else { return }
        if let other, has(other) {
            for key in keys { refuse(key, beside: other) }
            return
        }
        let given = keys.filter(has)
        if given.isEmpty, meant(keys).isEmpty {
            let words = Problem.choice(keys.map { "\"\($0)\"" })
            problems.add(
                place,
                .missingKey,
                "the key \(words) is missing",
                remedy: keys.count > 1 ? "give one of them" : nil
            )
        }
        for key in given.dropFirst() { refuse(key, beside: given[0]) }
    }

    /// Refuses a key whose meaning another one, that stands here too, already covers.
    public func refuse(_ key: String, beside other: String) {
        sketch?.forbid(key, beside: other)
        guard has(key), has(other) else { return }
        problems.add(
            place(of: key),
            .notOneKind,
            "\"\(other)\" and \"\(key)\" cannot stand together",
            remedy: "leave one of them out"
        )
    }

    /// The value as it was written; nil when the key is absent. The key counts as known.
    public func node(_ key: String) -> Node? {
        asked.append(key)
        return entries.first { $0.key == key }?.value
    }

    /// The keys of the mapping that stands at a key, sound or not, so that what refers to one of them can be judged.
    public func keys(of key: String) -> [String] {
        entries.first { $0.key == key }?.value.mapping?.entries.map(\.key) ?? []
    }

    public func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

    /// Where a key stands, or the mapping when it is absent.
    public func place(of key: String) -> Place { entries.first { $0.key == key }?.keyPlace ?? place }

    /// Where the last of several keys stands, each in the mapping behind the one before; as far as they are there.
    public func place(_ keys: String...) -> Place {
        var found = place
        var inner = entries
        for key in keys {
            guard let entry = inner.first(where: { $0.key == key }) else { return found }
            found = entry.keyPlace
            inner = entry.value.mapping?.entries ?? []
        }
        return found
    }

    /// Refuses a key that people expect here and that stands elsewhere or is called otherwise, and says where.
    public func refuse(_ key: String, remedy: String) {
        guard has(key) else { return }
        refused.insert(key)
        problems.add(place(of: key), .unknownKey, "unknown key \"\(key)\"", remedy: remedy)
    }

    /// Those of the keys that an unknown one probably means.
    private func meant(_ keys: [String]) -> [String] {
        keys.filter { key in entries.contains { Suggestion.nearest(to: $0.key, among: [key]) != nil } }
    }

    // MARK: Ending

    /// Reports neither unknown nor missing keys: for when one key says that the others mean something else.
    public func ignoreTheRest() { isIgnoringTheRest = true }

    /// Reports unknown and missing keys. Call it once, after the last accessor.
    public func finish() {
        guard isMapping, sketch == nil, !isIgnoringTheRest else { return }
        let known = refused.union(asked)
        var meant: Set<String> = []
        for entry in entries where !known.contains(entry.key) {
            let suggestion = problems.isFull ? nil : Suggestion.nearest(to: entry.key, among: asked.filter { !has($0) })
            if let suggestion { meant.insert(suggestion) }
            let remedy = suggestion.map { "did you mean \"\($0)\"?" } ?? "known keys are \(knownKeys)"
            problems.add(entry.keyPlace, .unknownKey, "unknown key \(Problem.quote(entry.key))", remedy: remedy)
        }
        for (key, wanted) in missing where !meant.contains(key) {
            problems.add(place, .missingKey, "the key \"\(key)\" is missing", remedy: "it holds \(wanted)")
        }
    }

    private var knownKeys: String {
        var seen: Set<String> = []
        return asked.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }
}

extension Fields {
    public func string(_ key: String) -> String? { required(key, .string) }
    public func string(_ key: String, default: String) -> String { value(key, .string, default: `default`) }
    public func optionalString(_ key: String) -> String? { optional(key, .string) }

    public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? { required(key, .integer(in: range)) }
    public func integer(_ key: String, in range: ClosedRange<Int>, default: Int) -> Int {
        value(key, .integer(in: range), default: `default`)
    }
    public func optionalInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
        optional(key, .integer(in: range))
    }

    public func bool(_ key: String) -> Bool? { required(key, .bool) }
    public func bool(_ key: String, default: Bool) -> Bool { value(key, .bool, default: `default`) }
    public func optionalBool(_ key: String) -> Bool? { optional(key, .bool) }

    public func strings(_ key: String) -> [String]? { required(key, .list(of: .string)) }
    public func strings(_ key: String, default: [String]) -> [String] {
        value(key, .list(of: .string), default: `default`)
    }

    /// One of the words of an enumeration.
    public func oneOf<Choice: CaseIterable & RawRepresentable<String>>(_ key: String, _: Choice.Type) -> Choice? {
        required(key, .oneOf(Choice.self))
    }
    public func oneOf<Choice: CaseIterable & RawRepresentable<String>>(_ key: String, default: Choice) -> Choice {
        value(key, .oneOf(Choice.self), default: `default`)
    }
}
