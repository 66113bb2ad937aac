public import StructuredText

/// As much of JSON Schema (draft 2020-12) as the published schemas use; a word it does not know is an error, so
/// that nothing in the schema goes unchecked.
public struct SchemaValidator {
    public struct UnknownKeyword: Error { public let word: String }

    private let document: Node

    /// - Parameter schema: JSON.
    public init(schema: String) throws {
        let problems = ProblemCollector()
        let document = JSONText.read(Array(schema.utf8), file: "schema.json", problems)
        try problems.check()
        guard let document else { throw UnknownKeyword(word: "") }
        self.document = document
    }

    /// What is wrong with a value, one sentence each; empty: nothing.
    public func flaws(of value: Node) throws -> [String] { try flaws(of: value, document) }

    /// The same of a document in YAML.
    public func flaws(ofYAML text: String) throws -> [String] {
        guard let node = YAMLText.read(Array(text.utf8), file: "this", ProblemCollector()) else { return ["no YAML"] }
        return try flaws(of: node)
    }

    private func flaws(of value: Node, _ schema: Node) throws -> [String] {
        try (schema.mapping?.entries ?? []).flatMap { entry in
            try isMet(entry, of: schema, by: value) ? [] : ["\(value.place): \(entry.key)"]
        }
    }

    private func fits(_ value: Node, _ schema: Node) throws -> Bool { try flaws(of: value, schema).isEmpty }

    private func isMet(_ keyword: Mapping.Entry, of schema: Node, by value: Node) throws -> Bool {
        let list = keyword.value.list ?? []
        let number = keyword.value.scalar.flatMap { Int($0.text) }
        let keys = value.mapping?.entries.map(\.key)
        switch keyword.key {
        case "$schema", "$id", "$defs", "title", "description", "default": return true
        case "$ref":
            let name = (keyword.value.scalar?.text ?? "").split(separator: "/").last.map(String.init) ?? ""
            guard let target = document.mapping?["$defs"]?.mapping?[name] else { throw UnknownKeyword(word: name) }
            return try fits(value, target)
        case "type":
            let types = keyword.value.list?.compactMap(\.scalar?.text) ?? [keyword.value.scalar?.text ?? ""]
            return types.contains { value.types.contains($0) }
        case "const": return value.scalar?.text == keyword.value.scalar?.text
        case "enum": return list.contains { $0.scalar?.text == value.scalar?.text }
        case "pattern":
            guard value.types == ["string"], let text = value.scalar?.text else { return true }
            return try text.contains(Regex(keyword.value.scalar?.text ?? ""))
        case "minLength": return value.types != ["string"] || value.scalar.map { $0.text.count >= number ?? 0 } ?? true
        case "maxLength": return value.types != ["string"] || value.scalar.map { $0.text.count <= number ?? 0 } ?? true
        case "minimum": return value.number.map { $0 >= number ?? 0 } ?? true
        case "maximum": return value.number.map { $0 <= number ?? 0 } ?? true
        case "items": return try value.list?.allSatisfy { try fits($0, keyword.value) } ?? true
        case "minItems": return value.list.map { $0.count >= number ?? 0 } ?? true
        case "maxItems": return value.list.map { $0.count <= number ?? 0 } ?? true
        case "properties":
            return try value.mapping?.entries.allSatisfy { entry in
                guard let schema = keyword.value.mapping?[entry.key] else { return true }
                return try fits(entry.value, schema)
            } ?? true
        case "additionalProperties":
            let known = schema.mapping?["properties"]?.mapping
            return try value.mapping?.entries.allSatisfy { entry in
                if known?[entry.key] != nil { return true }
                return try keyword.value.scalar?.text != "false" && fits(entry.value, keyword.value)
            } ?? true
        case "propertyNames":
            return try value.mapping?.entries.allSatisfy { entry in
                try fits(Node(.scalar(Scalar(entry.key, .quoted)), at: entry.keyPlace), keyword.value)
            } ?? true
        case "required": return keys.map { keys in list.allSatisfy { keys.contains($0.scalar?.text ?? "") } } ?? true
        case "minProperties": return keys.map { $0.count >= number ?? 0 } ?? true
        case "maxProperties": return keys.map { $0.count <= number ?? 0 } ?? true
        case "not": return try !fits(value, keyword.value)
        case "dependentRequired":
            return keyword.value.mapping?.entries.allSatisfy { entry in
                guard let keys, keys.contains(entry.key) else { return true }
                return (entry.value.list ?? []).allSatisfy { keys.contains($0.scalar?.text ?? "") }
            } ?? true
        case "allOf": return try list.allSatisfy { try fits(value, $0) }
        case "anyOf": return try list.contains { try fits(value, $0) }
        case "oneOf": return try list.count { try fits(value, $0) } == 1
        default: throw UnknownKeyword(word: keyword.key)
        }
    }
}

extension Node {
    /// The types that JSON Schema gives a value, YAML's plain text resolved by its core schema.
    fileprivate var types: [String] {
        switch content {
        case .list: ["array"]
        case .mapping: ["object"]
        case .scalar where isNothing: ["null"]
        case .scalar(let scalar) where scalar.form == .quoted: ["string"]
        case .scalar(let scalar):
            if ["true", "false"].contains(scalar.text) {
                ["boolean"]
            } else if Int(scalar.text) != nil {
                ["integer", "number"]
            } else {
                Double(scalar.text) != nil ? ["number"] : ["string"]
            }
        }
    }

    fileprivate var number: Int? { types.contains("integer") ? scalar.flatMap { Int($0.text) } : nil }
}
