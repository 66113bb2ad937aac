/// Parts of a JSON Schema (draft 2020-12), with which shapes say what they take, so that editors complete and check
/// what people write.
///
/// A schema takes everything that its shape takes. What a schema cannot say, the shape still refuses.
public enum Schema {
    public static let dialect = "https://json-schema.org/draft/2020-12/schema"

    public static let anything: JSONValue = .object([])
    public static let boolean: JSONValue = ["type": "boolean"]

    /// Text that is not empty. Unquoted YAML that looks like a number or a truth value is text, too.
    public static func text(pattern: String? = nil, length_max: Int? = nil) -> JSONValue {
        .object([
            "type": ["string", "number", "boolean"],
            "minLength": 1,
            "maxLength": length_max.map { .integer(Int64($0)) },
            "pattern": pattern.map { .string($0) },
        ])
    }

    public static func integer(in range: ClosedRange<Int>) -> JSONValue {
        .object([
            "type": "integer",
            "minimum": .integer(Int64(range.lowerBound)),
            "maximum": range.upperBound == .max ? nil : .integer(Int64(range.upperBound)),
        ])
    }

    public static func word(of words: [String]) -> JSONValue {
        ["enum": .list(words.map { .string($0) })]
    }

    public static func list(of item: JSONValue, count: ClosedRange<Int> = 0...Int.max) -> JSONValue {
        .object([
            "type": "array",
            "items": item,
            "minItems": count.lowerBound == 0 ? nil : .integer(Int64(count.lowerBound)),
            "maxItems": count.upperBound == .max ? nil : .integer(Int64(count.upperBound)),
        ])
    }

    /// A mapping whose keys the writer chooses.
    public static func entries(of item: JSONValue, key: JSONValue? = nil, count_min: Int = 0) -> JSONValue {
        .object([
            "type": "object",
            "propertyNames": key,
            "additionalProperties": item,
            "minProperties": count_min == 0 ? nil : .integer(Int64(count_min)),
        ])
    }

    /// A mapping that holds exactly one of the given keys.
    public static func oneKey(of properties: [JSONValue.Member]) -> JSONValue {
        [
            "type": "object", "properties": .object(properties), "additionalProperties": false, "minProperties": 1,
            "maxProperties": 1,
        ]
    }

    public static func any(of choices: [JSONValue]) -> JSONValue { ["anyOf": .list(choices)] }

    /// What takes the place of a value that is left empty, as in `web:`.
    public static let nothing: JSONValue = ["type": "null"]

    static func described(_ schema: JSONValue, as meaning: String) -> JSONValue {
        guard case .object(let members) = schema else { return schema }
        return .object([JSONValue.Member("description", .string(meaning))] + members.filter { $0.key != "description" })
    }
}

/// Gathers schemas that stand in several places (`$defs`), each written once.
///
/// One catalogue belongs to the making of one schema and stays on one thread.
public final class SchemaCatalogue {
    private var definitions: [JSONValue.Member] = []
    private var begun: Set<String> = []

    public init() {}

    /// The whole document for a shape, with every definition that it refers to.
    public static func document<Value>(for shape: Shape<Value>, id: String, title: String) -> JSONValue {
        let catalogue = SchemaCatalogue()
        guard case .object(let members) = shape.schema(catalogue) else { return Schema.anything }
        let head: [JSONValue.Member] = [
            .init("$schema", .string(Schema.dialect)), .init("$id", .string(id)), .init("title", .string(title)),
        ]
        let definitions = catalogue.definitions.sorted { $0.key < $1.key }
        return .object(head + members + [JSONValue.Member("$defs", .object(definitions))])
    }

    /// A reference to the definition of that name, which is made the first time. A definition may refer to itself.
    func reference(to name: String, _ make: (SchemaCatalogue) -> JSONValue) -> JSONValue {
        if begun.insert(name).inserted { definitions.append(JSONValue.Member(name, make(self))) }
        return ["$ref": .string("#/$defs/\(name)")]
    }
}

extension Shape {
    /// The same shape, whose schema stands under a name and is referred to: for what may stand in several places.
    public func defined(as name: String) -> Shape {
        Shape(wanted, schema: { $0.reference(to: name, schema) }, read)
    }
}
