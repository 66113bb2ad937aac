import StructuredText
import TrainModel

extension Shape where Value == [Variable] {
    /// What the outside is asked with; sorted by name.
    static func variables(_ asked: QuestionPlace) -> Shape {
        let texts = Shape<[String: Located<String>]>.texts("variable")
        return Shape(texts.wanted, schema: texts.schema) { node, label, problems in
            let read = texts.read(node, label, problems)
            for text in (read ?? [:]).values { asked.check(text.value, at: text.place, problems) }
            return read?.variables
        }
    }
}

extension Shape where Value == [String: Located<String>] {
    /// Names and texts that reach hooks and checks; a text may hold `{placeholders}`, which its user judges.
    static func texts(_ noun: String) -> Shape {
        let schema = Schema.entries(of: ["type": ["string", "number", "boolean"]])
        return Shape("a mapping of names to text", schema: { _ in schema }) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, "a mapping of names to text")
                return nil
            }
            guard mapping.entries.count <= VariableRule.count_max else {
                problems.add(node.place, .outOfRange, "\(label) must have at most \(VariableRule.count_max) entries")
                return nil
            }
            var texts: [String: Located<String>] = [:]
            for entry in mapping.entries {
                if let flaw = VariableRule.flaw(inKey: entry.key) {
                    let sentence = "\(Problem.quote(entry.key)) is no name for a \(noun)"
                    problems.add(entry.keyPlace, .badVariable, sentence, remedy: flaw)
                }
                guard let text = Shape<String>.anyString.read(entry.value, Problem.quote(entry.key), problems) else {
                    continue
                }
                guard text.utf8.count <= VariableRule.valueBytes_max, !text.utf8.contains(0) else {
                    let sentence = "the value must have at most \(VariableRule.valueBytes_max) bytes and no zero byte"
                    problems.add(entry.value.place, .badVariable, sentence)
                    continue
                }
                texts[entry.key] = Located(text, at: entry.value.place)
            }
            return texts
        }
    }

    /// Texts whose placeholders are those that are known at deployment.
    static func filledTexts(_ noun: String) -> Shape {
        let texts = texts(noun)
        return Shape(texts.wanted, schema: texts.schema) { node, label, problems in
            let read = texts.read(node, label, problems)
            for text in (read ?? [:]).values { PlaceholderText.check(text, problems) }
            return read
        }
    }
}

extension [String: Located<String>] {
    var variables: [Variable] { sorted { $0.key < $1.key }.map { Variable(key: $0.key, value: $0.value.value) } }
    var tags: [Tag] { sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value.value) } }
}
