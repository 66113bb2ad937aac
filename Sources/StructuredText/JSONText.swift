/// JSON as programs send it, read strictly (RFC 8259) and written so that one value has one spelling.
public enum JSONText {
    /// Reads one value. Refused, each with its place: a key twice, a byte-order mark, anything behind the value, half a
    /// surrogate pair, an unknown escape, a control character, too many bytes, too deep. Numbers keep their spelling.
    /// Returns nil after recording the problem.
    public static func read(
        _ bytes: [UInt8],
        file: String,
        limits: TextLimits = .standard,
        _ problems: ProblemCollector
    ) -> Node? {
        guard limits.text(of: bytes, file: file, problems) != nil else { return nil }
        var reader = JSONReader(bytes: bytes, file: file, depth_max: limits.depth_max)
        do throws(Problem) {
            return try reader.document()
        } catch {
            problems.add(error)
            return nil
        }
    }

    /// Reads a document whose root is an object into a value. `body` returns nil only after a recorded problem.
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
