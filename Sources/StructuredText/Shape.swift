/// How one value is read: what it must be, in words, and the reading itself.
///
/// Other languages add their own as static members (`.regionName`, `.percentage`), so that a field is one line.
public struct Shape<Value> {
    /// For a sentence: `a whole number from 1 to 65535`.
    public let wanted: String
    /// What is taken, for editors; it takes at least what `read` takes.
    public let schema: (SchemaCatalogue) -> JSONValue
    /// Returns nil after it recorded at least one problem. The label is what the value is called, such as `"port"`.
    public let read: (_ node: Node, _ label: String, _ problems: ProblemCollector) -> Value?

    public init(
        _ wanted: String,
        schema: @escaping (SchemaCatalogue) -> JSONValue = { _ in Schema.anything },
        _ read: @escaping (Node, String, ProblemCollector) -> Value?
    ) {
        self.wanted = wanted
        self.schema = schema
        self.read = read
    }

    /// A shape over text: unquoted or quoted YAML, or a JSON string. Empty text is refused.
    public static func text(
        _ wanted: String,
        schema: JSONValue = Schema.text(),
        _ read: @escaping (_ text: String, _ place: Place, _ label: String, _ problems: ProblemCollector) -> Value?
    ) -> Shape {
        Shape(wanted, schema: { _ in schema }) { node, label, problems in
            guard let scalar = node.scalar, !node.isNothing, scalar.form == .plain || scalar.form == .quoted else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard !scalar.text.isEmpty else {
                problems.add(node.place, .noValue, "\(label) must be \(wanted), not empty")
                return nil
            }
            return read(scalar.text, node.place, label, problems)
        }
    }

    /// The same value with the place where it was written.
    public var located: Shape<Located<Value>> {
        Shape<Located<Value>>(wanted, schema: schema) { node, label, problems in
            read(node, label, problems).map { Located($0, at: node.place) }
        }
    }

    /// The same reading with its value turned into another.
    public func map<Other>(_ transform: @escaping (Value) -> Other) -> Shape<Other> {
        Shape<Other>(wanted, schema: schema) { node, label, problems in
            read(node, label, problems).map(transform)
        }
    }

    /// The one value that most people need, or a mapping with more to say.
    public static func either(_ wanted: String, short: Shape, long: Shape) -> Shape {
        Shape(wanted, schema: { Schema.any(of: [short.schema($0), long.schema($0)]) }) { node, label, problems in
            node.mapping == nil ? short.read(node, label, problems) : long.read(node, label, problems)
        }
    }

    /// A list, each item in this shape. Nil when the list or any item cannot be read.
    public static func list<Item>(
        of item: Shape<Item>,
        count: ClosedRange<Int> = 0...Int.max
    ) -> Shape where Value == [Item] {
        let wanted = "a list, each item \(item.wanted)"
        return Shape(wanted, schema: { Schema.list(of: item.schema($0), count: count) }) { node, label, problems in
            guard let nodes = node.list else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard count.contains(nodes.count) else {
                let bounds =
                    nodes.isEmpty ? "must not be empty" : "must have \(count.lowerBound) to \(count.upperBound) items"
                problems.add(node.place, nodes.isEmpty ? .noValue : .outOfRange, "\(label) \(bounds)")
                return nil
            }
            let items = nodes.enumerated().compactMap { index, node in
                item.read(node, "item \(index + 1) of \(label)", problems)
            }
            return items.count == nodes.count ? items : nil
        }
    }

    /// A mapping of known keys; `body` reads them, and unknown or missing ones are reported after it.
    public static func mapping(_ body: @escaping (Fields) -> Value?) -> Shape {
        Shape("a mapping", schema: { Fields.schema($0, body) }) { node, label, problems in
            let fields = Fields(node, problems, label: label)
            let value = body(fields)
            fields.finish()
            return node.mapping == nil ? nil : value
        }
    }

    /// A mapping whose keys the writer chooses, in the order written: each with its place and its value.
    public static func entries<Item>(
        of item: Shape<Item>
    ) -> Shape where Value == [(key: Located<String>, value: Item)] {
        let wanted = "a mapping of names, each with \(item.wanted)"
        return Shape(wanted, schema: { Schema.entries(of: item.schema($0)) }) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            let items = mapping.entries.compactMap { entry in
                item.read(entry.value, Problem.quote(entry.key), problems).map {
                    (Located(entry.key, at: entry.keyPlace), $0)
                }
            }
            return items.count == mapping.entries.count ? items : nil
        }
    }
}

extension Shape where Value == Node {
    /// Anything, unread.
    public static var node: Shape { Shape("a value") { node, _, _ in node } }
}

extension Shape where Value == String {
    /// Text that is not empty.
    public static var string: Shape { .text("text") { text, _, _, _ in text } }

    /// Text that may be empty.
    public static var anyString: Shape {
        Shape("text", schema: { _ in ["type": ["string", "number", "boolean"]] }) { node, label, problems in
            guard let scalar = node.scalar, !node.isNothing, scalar.form == .plain || scalar.form == .quoted else {
                problems.addWrongType(node, label, "text")
                return nil
            }
            return scalar.text
        }
    }
}

extension Shape where Value == Bool {
    /// `true` or `false` and no other word.
    public static var bool: Shape {
        Shape("true or false", schema: { _ in Schema.boolean }) { node, label, problems in
            guard let scalar = node.scalar, !node.isNothing, scalar.form == .plain || scalar.form == .boolean else {
                problems.addWrongType(node, label, "true or false")
                return nil
            }
            switch scalar.text {
            case "true": return true
            case "false": return false
            default:
                let meant = ["yes": "true", "on": "true", "no": "false", "off": "false"][scalar.text.lowercased()]
                problems.add(
                    node.place,
                    .badValue,
                    "\(label) must be true or false, not \(Problem.quote(scalar.text))",
                    remedy: (meant ?? Suggestion.nearest(to: scalar.text, among: ["true", "false"]))
                        .map { "did you mean \"\($0)\"?" }
                )
                return nil
            }
        }
    }
}

extension Shape where Value == Int {
    /// A whole number in decimal digits: no fraction, exponent, sign `+`, leading zero or other base.
    public static func integer(in range: ClosedRange<Int>) -> Shape {
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Shape(wanted, schema: { _ in Schema.integer(in: range) }) { node, label, problems in
            guard let scalar = node.scalar, !node.isNothing, scalar.form == .plain || scalar.form == .number else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            let digits = scalar.text.utf8.drop { $0 == UInt8(ascii: "-") }
            let isDecimal =
                !digits.isEmpty && digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
                && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
            guard isDecimal, let number = Int(scalar.text) else {
                problems.add(node.place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(scalar.text))")
                return nil
            }
            guard range.contains(number) else {
                problems.add(node.place, .outOfRange, "\(label) must be \(wanted), not \(number)")
                return nil
            }
            return number
        }
    }
}

extension Shape where Value: CaseIterable & RawRepresentable<String> {
    /// One of the words of an enumeration.
    public static func oneOf(_: Value.Type = Value.self) -> Shape {
        let words = Value.allCases.map(\.rawValue)
        return .text(Problem.choice(words), schema: Schema.word(of: words)) { text, place, label, problems in
            if let value = Value(rawValue: text) { return value }
            problems.add(
                place,
                .badValue,
                "\(label) must be \(Problem.choice(words)), not \(Problem.quote(text))",
                remedy: Suggestion.remedy(for: text, among: words)
            )
            return nil
        }
    }
}

extension ProblemCollector {
    /// Records that a value has the wrong type or is not there at all.
    public func addWrongType(_ node: Node, _ label: String, _ wanted: String) {
        if node.isNothing {
            add(
                node.place,
                .noValue,
                "\(label) must be \(wanted), not \(node.summary)",
                remedy: "give a value or leave the key out"
            )
            return
        }
        // A number or a truth value in quotation marks is text; nothing guesses that it was not meant to be.
        let isQuoted = node.scalar?.form == .quoted
        add(
            node.place,
            .wrongType,
            "\(label) must be \(wanted), not \(isQuoted ? "the text " : "")\(node.summary)"
        )
    }
}
