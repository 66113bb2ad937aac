/// Reads the YAML that people write: one document of mappings, lists and text.
///
/// Less than YAML allows is taken, so that a file means what it seems to mean: no key twice, no anchors, aliases,
/// merge keys or tags, no second document, only text as keys. Text without quotation marks stays text until somebody
/// asks for a number, a truth value or a length of time.
public enum YAMLText {
    /// Reads a document; records every problem and returns nil when there is nothing to go on with. A key that stands
    /// twice is recorded and its second value left out, so that the rest can still be checked.
    public static func read(
        _ bytes: [UInt8],
        file: String,
        limits: TextLimits = .standard,
        _ problems: ProblemCollector
    ) -> Node? {
        guard let text = limits.text(of: bytes, file: file, problems) else { return nil }
        do throws(YAMLEvents.Failure) {
            let events = try YAMLEvents(text, depth_max: limits.depth_max)
            var source = YAMLSource(events: events, file: file, problems: problems)
            return try source.read()
        } catch {
            problems.add(error.problem(in: text, file: file))
            return nil
        }
    }

    /// Reads a document whose root is a mapping into a value. `body` returns nil only after a recorded problem.
    public static func decode<Value>(
        _ bytes: [UInt8],
        file: String,
        limits: TextLimits = .standard,
        _ body: @escaping (Fields) -> Value?
    ) throws(Problems) -> Value {
        let problems = ProblemCollector()
        let node = read(bytes, file: file, limits: limits, problems)
        return try Fields.decode(node, file: file, problems, body)
    }
}

extension Fields {
    static func decode<Value>(
        _ node: Node?,
        file: String,
        _ problems: ProblemCollector,
        _ body: @escaping (Fields) -> Value?
    ) throws(Problems) -> Value {
        let value = node.flatMap { Shape.mapping(body).read($0, "the document", problems) }
        try problems.check()
        guard let value else { throw Problems(Problem(.start(of: file), .badValue, "cannot be read")) }
        return value
    }
}
