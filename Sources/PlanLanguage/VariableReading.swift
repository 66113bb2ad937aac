import StructuredText

extension Shape where Value == [String: String] {
    /// Names and texts that reach hooks and checks.
    static var variables: Shape {
        Shape("a mapping of names to text", schema: { Schema.entries(of: Shape<String>.anyString.schema($0)) }) {
            node,
            label,
            problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, "a mapping of names to text")
                return nil
            }
            guard mapping.entries.count <= VariableRule.count_max else {
                problems.add(node.place, .outOfRange, "\(label) must have at most \(VariableRule.count_max) entries")
                return nil
            }
            var variables: [String: String] = [:]
            for entry in mapping.entries {
                if let flaw = VariableRule.flaw(inKey: entry.key) {
                    let sentence = "\(Problem.quote(entry.key)) is no name for a variable"
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
                variables[entry.key] = text
            }
            return variables
        }
    }
}
