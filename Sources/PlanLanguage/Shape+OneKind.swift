import StructuredText

extension Shape {
    /// A mapping with exactly one key, which says what kind of thing it is: `http: …`, `approval: …`.
    ///
    /// - Parameter others: Kinds that are read elsewhere, and should be named among those that are known.
    static func oneKind(
        _ noun: String,
        _ kinds: KeyValuePairs<String, Shape>,
        besides others: [String] = []
    ) -> Shape {
        let words = Problem.choice(kinds.map(\.key) + others)
        return Shape("a \(noun): \(words)", schema: { oneKindSchema(kinds, $0) }) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, "a mapping that begins with \(words)")
                return nil
            }
            guard let entry = mapping.entries.first, mapping.entries.count == 1 else {
                let place = mapping.entries.dropFirst().first?.keyPlace ?? node.place
                problems.add(
                    place,
                    .notOneKind,
                    "\(label) must hold one kind only: \(words)",
                    remedy: mapping.entries.isEmpty
                        ? nil : "begin each with its own \"-\", and indent what belongs to it"
                )
                return nil
            }
            guard let kind = kinds.first(where: { $0.key == entry.key }) else {
                problems.add(
                    entry.keyPlace,
                    .unknownKey,
                    "\(Problem.quote(entry.key)) is no kind of \(noun)",
                    remedy: Suggestion.remedy(for: entry.key, among: kinds.map(\.key) + others) ?? "known are \(words)"
                )
                return nil
            }
            return kind.value.read(entry.value, "\"\(kind.key)\"", problems)
        }
    }

    private static func oneKindSchema(
        _ kinds: KeyValuePairs<String, Shape>,
        _ catalogue: SchemaCatalogue
    ) -> JSONValue {
        Schema.oneKey(of: kinds.map { JSONValue.Member($0.key, $0.value.schema(catalogue)) })
    }
}
