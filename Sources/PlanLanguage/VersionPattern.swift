/// A pattern that a version must match in whole: `\d{8}\.\d+`.
///
/// A small part of the usual regular expressions, run as a set of states in time proportional to the version's
/// length, so that no pattern can take a release hostage: letters as they are, `.` for any character, `\d`, `\w`,
/// `[a-z0-9]`, `[^a]`, `( )`, `|`, `*`, `+`, `?`, `{n}`, `{n,}` and `{n,m}`; a `\` makes a sign plain.
public struct VersionPattern: Sendable {
    /// Why a text is no pattern.
    public struct Flaw: Error, Hashable, Sendable {
        public let sentence: String
        public let remedy: String?

        init(_ sentence: String, remedy: String? = nil) {
            self.sentence = sentence
            self.remedy = remedy
        }
    }

    /// Once repetitions are written out; a longer pattern is refused.
    static let states_max = 2_000
    static let length_max = 200

    enum State: Sendable {
        /// Takes one character, then goes to the next state.
        case take(CharacterSet)
        /// Goes on in both.
        case split(Int, Int)
        case jump(Int)
        case end
    }

    private let states: [State]

    public init(_ text: String) throws(Flaw) {
        guard !text.isEmpty, text.unicodeScalars.count <= Self.length_max else {
            throw Flaw("it must have 1 to \(Self.length_max) characters")
        }
        var reader = VersionPatternReader(text)
        var states: [State] = []
        try Self.append(reader.pattern(), to: &states)
        states.append(.end)
        self.states = states
    }

    /// Whether the whole text matches.
    public func matches(_ text: some StringProtocol) -> Bool {
        var current = reached(from: [0])
        for character in text.unicodeScalars {
            let next = current.compactMap { index in
                if case .take(let set) = states[index], set.contains(character) { index + 1 } else { nil }
            }
            current = reached(from: next)
            if current.isEmpty { return false }
        }
        return current.contains { if case .end = states[$0] { true } else { false } }
    }

    /// All states that are reached without taking a character.
    private func reached(from starts: [Int]) -> [Int] {
        var seen = [Bool](repeating: false, count: states.count)
        var open = starts
        var found: [Int] = []
        while let index = open.popLast() {
            guard !seen[index] else { continue }
            seen[index] = true
            switch states[index] {
            case .split(let first, let second): open += [first, second]
            case .jump(let target): open.append(target)
            case .take, .end: found.append(index)
            }
        }
        return found
    }

    // MARK: From the tree to the states

    private static func append(_ tree: Tree, to states: inout [State]) throws(Flaw) {
        guard states.count < states_max else {
            throw Flaw("it is too large with its repetitions written out", remedy: "use smaller numbers in { }")
        }
        switch tree {
        case .one(let set): states.append(.take(set))
        case .sequence(let parts): for part in parts { try append(part, to: &states) }
        case .either(let left, let right):
            let split = states.count
            states.append(.jump(0))
            try append(left, to: &states)
            let jump = states.count
            states.append(.jump(0))
            states[split] = .split(split + 1, states.count)
            try append(right, to: &states)
            states[jump] = .jump(states.count)
        case .repeated(let part, let min, let max):
            for _ in 0..<min { try append(part, to: &states) }
            guard let max else { return try appendLoop(part, to: &states) }
            for _ in min..<max { try appendOptional(part, to: &states) }
        }
    }

    private static func appendLoop(_ part: Tree, to states: inout [State]) throws(Flaw) {
        let split = states.count
        states.append(.jump(0))
        try append(part, to: &states)
        states.append(.jump(split))
        states[split] = .split(split + 1, states.count)
    }

    private static func appendOptional(_ part: Tree, to states: inout [State]) throws(Flaw) {
        let split = states.count
        states.append(.jump(0))
        try append(part, to: &states)
        states[split] = .split(split + 1, states.count)
    }
}

extension VersionPattern {
    indirect enum Tree {
        case one(CharacterSet)
        case sequence([Tree])
        case either(Tree, Tree)
        /// No upper bound: nil.
        case repeated(Tree, min: Int, max: Int?)
    }

    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<Unicode.Scalar>]
        var isInverted = false

        func contains(_ character: Unicode.Scalar) -> Bool {
            ranges.contains { $0.contains(character) } != isInverted
        }

        static let any = CharacterSet(ranges: [], isInverted: true)
        static let digits = CharacterSet(ranges: ["0"..."9"])
        static let word = CharacterSet(ranges: ["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
    }
}
