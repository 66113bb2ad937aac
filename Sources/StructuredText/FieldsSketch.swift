/// What one mapping takes, written down while its reading runs over nothing.
final class FieldsSketch {
    let catalogue: SchemaCatalogue
    private var properties: [JSONValue.Member] = []
    private var required: [String] = []
    private var rules: [JSONValue] = []

    init(_ catalogue: SchemaCatalogue) {
        self.catalogue = catalogue
    }

    func add<Value>(_ key: String, _ shape: Shape<Value>, _ meaning: String?, isRequired: Bool) {
        guard !properties.contains(where: { $0.key == key }) else { return }
        let schema = Schema.described(shape.schema(catalogue), as: meaning ?? shape.wanted)
        properties.append(JSONValue.Member(key, schema))
        if isRequired { required.append(key) }
    }

    func demandOne(of keys: [String], unless other: String?) {
        let one: JSONValue = ["oneOf": .list(keys.map(Self.required))]
        guard let other else {
            rules.append(one)
            return
        }
        rules.append(Schema.any(of: [one, Self.required(other)]))
        for key in keys { forbid(key, beside: other) }
    }

    func forbid(_ key: String, beside other: String) {
        rules.append(["not": ["required": [.string(key), .string(other)]]])
    }

    var schema: JSONValue {
        .object([
            "type": "object",
            "properties": .object(properties),
            "required": required.isEmpty ? nil : .list(required.map { .string($0) }),
            "additionalProperties": false,
            "allOf": rules.isEmpty ? nil : .list(rules),
        ])
    }

    private static func required(_ key: String) -> JSONValue { ["required": [.string(key)]] }
}
