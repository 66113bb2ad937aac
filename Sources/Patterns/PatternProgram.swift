/// A pattern as states between which a text leads, with its repetitions written out.
struct PatternProgram: Sendable {
    enum State: Sendable {
        /// Takes one character of the set of this number, then goes to the next state.
        case take(Int)
        /// Goes on in both.
        case split(Int, Int)
        case jump(Int)
        case end
    }

    /// A longer program is refused, and one of more parts: repetitions of nothing need parts, but no states.
    static let states_max = 2_000
    static let parts_max = 20_000

    private(set) var states: [State] = []
    /// The different sets, each once.
    private(set) var sets: [ScalarSet] = []
    private var parts = 0

    init(_ tree: PatternTree) throws(Pattern.Flaw) {
        try append(tree)
        states.append(.end)
    }

    private mutating func append(_ tree: PatternTree) throws(Pattern.Flaw) {
        parts += 1
        guard states.count < Self.states_max, parts < Self.parts_max else {
            throw Pattern.Flaw("it is too large with its repetitions written out", remedy: "use smaller numbers in { }")
        }
        switch tree {
        case .one(let set): states.append(.take(number(of: set)))
        case .sequence(let parts): for part in parts { try append(part) }
        case .either(let left, let right):
            let split = reserve()
            try append(left)
            let jump = reserve()
            states[split] = .split(split + 1, states.count)
            try append(right)
            states[jump] = .jump(states.count)
        case .repeated(let part, let min, let max):
            for _ in 0..<min { try append(part) }
            guard let max else { return try appendLoop(part) }
            for _ in min..<max { try appendOptional(part) }
        }
    }

    private mutating func appendLoop(_ part: PatternTree) throws(Pattern.Flaw) {
        let split = reserve()
        try append(part)
        states.append(.jump(split))
        states[split] = .split(split + 1, states.count)
    }

    private mutating func appendOptional(_ part: PatternTree) throws(Pattern.Flaw) {
        let split = reserve()
        try append(part)
        states[split] = .split(split + 1, states.count)
    }

    /// A place for a state that is not known yet.
    private mutating func reserve() -> Int {
        states.append(.jump(states.count))
        return states.count - 1
    }

    private mutating func number(of set: ScalarSet) -> Int {
        if let known = sets.firstIndex(of: set) { return known }
        sets.append(set)
        return sets.count - 1
    }
}
