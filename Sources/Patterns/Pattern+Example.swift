extension Pattern {
    /// A short text that the pattern matches whole: the first alternative, the fewest repetitions, digits where any
    /// character would do. Nil for a pattern that no text of letters, digits and signs matches.
    ///
    /// - Throws: Why `text` is no pattern.
    public static func example(of text: String) throws(Flaw) -> String? {
        // A pattern that can be run is small enough to be written out.
        _ = try Pattern(text)
        var reader = PatternReader(text)
        return try reader.pattern().example
    }
}

extension PatternTree {
    fileprivate var example: String? {
        switch self {
        case .one(let set): set.example.map { String($0) }
        case .sequence(let parts):
            parts.reduce("") { text, part in text.flatMap { text in part.example.map { text + $0 } } }
        case .either(let left, let right): left.example ?? right.example
        case .repeated(let part, let min, _): min == 0 ? "" : part.example.map { String(repeating: $0, count: min) }
        }
    }
}

extension ScalarSet {
    private static let usual: [Unicode.Scalar] = ["1", "a", "A"] + (0x20...0x7e).map { Unicode.Scalar($0) }

    fileprivate var example: Unicode.Scalar? {
        Self.usual.first(where: contains) ?? (isInverted ? nil : ranges.first?.lowerBound)
    }
}
