/// Reads the text of a pattern into its tree.
struct PatternReader {
    private typealias Flaw = Pattern.Flaw

    private static let depth_max = 20
    private static let repetitions_max = 64

    private let text: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) {
        self.text = Array(text.unicodeScalars)
    }

    mutating func pattern() throws(Pattern.Flaw) -> PatternTree {
        let tree = try either()
        guard index == text.count else { throw Flaw("\")\" without \"(\" at character \(index + 1)") }
        return tree
    }

    private mutating func either() throws(Pattern.Flaw) -> PatternTree {
        let left = try sequence()
        guard take("|") else { return left }
        return .either(left, try either())
    }

    private mutating func sequence() throws(Pattern.Flaw) -> PatternTree {
        var parts: [PatternTree] = []
        while let next = peek(), next != "|", next != ")" {
            let part = try single()
            parts.append(try repeated(part))
        }
        return .sequence(parts)
    }

    private mutating func single() throws(Pattern.Flaw) -> PatternTree {
        let start = index
        let character = text[index]
        index += 1
        switch character {
        case "(": return try group(from: start)
        case "[": return .one(try set(from: start))
        case "\\": return .one(try escaped())
        case ".": return .one(.any)
        case "*", "+", "?", "{":
            throw Flaw("nothing stands before \"\(character)\" at character \(start + 1)", remedy: plain(character))
        case "^", "$":
            throw Flaw(
                "\"\(character)\" at character \(start + 1) says nothing",
                remedy: "leave it out: a version must match in whole anyway, and an output is searched everywhere"
            )
        default: return .one(ScalarSet(ranges: [character...character]))
        }
    }

    private mutating func group(from start: Int) throws(Pattern.Flaw) -> PatternTree {
        depth += 1
        guard depth <= Self.depth_max else { throw Flaw("more than \(Self.depth_max) \"(\" stand in one another") }
        defer { depth -= 1 }
        let tree = try either()
        guard take(")") else { throw Flaw("\"(\" at character \(start + 1) has no \")\"") }
        return tree
    }

    // MARK: Repetitions

    private mutating func repeated(_ part: PatternTree) throws(Pattern.Flaw) -> PatternTree {
        if take("*") { return .repeated(part, min: 0, max: nil) }
        if take("+") { return .repeated(part, min: 1, max: nil) }
        if take("?") { return .repeated(part, min: 0, max: 1) }
        guard peek() == "{" else { return part }
        let start = index
        index += 1
        let min = number()
        let isExact = !take(",")
        let max = isExact ? min : number()
        guard let min, take("}") else {
            throw Flaw("\"{\" at character \(start + 1) begins no {n}, {n,} or {n,m}", remedy: plain("{"))
        }
        guard min <= max ?? min, max ?? min <= Self.repetitions_max else {
            throw Flaw("the numbers at character \(start + 2) must rise and be \(Self.repetitions_max) at most")
        }
        return .repeated(part, min: min, max: max)
    }

    private mutating func number() -> Int? {
        let digits = text[index...].prefix { ("0"..."9").contains($0) }
        index += digits.count
        return digits.count <= 4 ? Int(String(String.UnicodeScalarView(digits))) : .max
    }

    // MARK: Sets

    private mutating func escaped() throws(Pattern.Flaw) -> ScalarSet {
        guard let character = peek() else { throw Flaw("nothing stands behind the last \"\\\"") }
        index += 1
        switch character {
        case "d": return .digits
        case "w": return .word
        default:
            guard !character.properties.isAlphabetic, !("0"..."9").contains(character) else {
                throw Flaw("\"\\\(character)\" has no meaning here", remedy: "known are \\d and \\w")
            }
            return ScalarSet(ranges: [character...character])
        }
    }

    private mutating func set(from start: Int) throws(Pattern.Flaw) -> ScalarSet {
        var set = ScalarSet(ranges: [], isInverted: take("^"))
        while let character = peek(), character != "]" {
            index += 1
            if character == "\\" {
                set.ranges += try escaped().ranges
                continue
            }
            guard peek() == "-", index + 1 < text.count, text[index + 1] != "]" else {
                set.ranges.append(character...character)
                continue
            }
            let last = text[index + 1]
            guard character <= last else {
                throw Flaw("\"\(character)-\(last)\" at character \(index) runs backwards")
            }
            set.ranges.append(character...last)
            index += 2
        }
        guard take("]") else { throw Flaw("\"[\" at character \(start + 1) has no \"]\"") }
        guard !set.ranges.isEmpty else { throw Flaw("\"[]\" at character \(start + 1) holds nothing") }
        return set
    }

    // MARK: Characters

    private func peek() -> Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == character else { return false }
        index += 1
        return true
    }

    private func plain(_ character: Unicode.Scalar) -> String { "write \"\\\(character)\" for the sign itself" }
}
