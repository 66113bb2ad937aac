/// What one mapping takes, written down while its reading runs over nothing.
final class FieldsSketch {
    let catalogue: SchemaCatalogue
    private var properties: [JSONValue.Member] = []
    private var required: [String] = []
    var alternatives: [[String]] = []

    init(_ catalogue: SchemaCatalogue) {
        self.catalogue = catalogue
    }

    func add<Value>(_ key: String, _ shape: Shape<Value>, _ meaning: String?, isRequired: Bool) {
        guard !properties.contains(where: { $0.key == key }) else { return }
        let schema = Schema.described(shape.schema(catalogue), as: meaning ?? shape.wanted)
        properties.append(JSONValue.Member(key, schema))
        if isRequired { required.append(key) }
    }

    var schema: JSONValue {
        .object([
            "type": "object",
            "properties": .object(properties),
            "required": required.isEmpty ? nil : .list(required.map { .string($0) }),
            "additionalProperties": false,
            "allOf": alternatives.isEmpty ? nil : .list(alternatives.map(exactlyOne)),
        ])
    }

    private func exactlyOne(of keys: [String]) -> JSONValue {
        ["oneOf": .list(keys.map { ["required": [.string($0)]] })]
    }
}
