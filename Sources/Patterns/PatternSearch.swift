/// One run of a machine over a text: all states at once that the text so far can have led to.
struct PatternSearch {
    private let machine: PatternMachine
    /// What every character may begin anew: the start, or nothing where a match begins with the text.
    private let renewal: StateBits
    private var current: StateBits
    private var moved: StateBits

    /// Unanchored: a match may begin with any character.
    init(_ machine: PatternMachine, isUnanchored: Bool) {
        self.machine = machine
        renewal = isUnanchored ? machine.start : machine.nothing
        current = machine.start
        moved = machine.nothing
    }

    private var isAtEnd: Bool { current.contains(machine.end) }

    /// Whether all characters together lead to the end.
    mutating func takesAll(of scalars: some Sequence<Unicode.Scalar>) -> Bool {
        for scalar in scalars {
            take(scalar)
            if current.isEmpty { return false }
        }
        return isAtEnd
    }

    /// Whether a part of a line leads to the end.
    mutating func occurs(in text: String) -> Bool {
        if isAtEnd { return true }
        for scalar in text.unicodeScalars {
            guard scalar != "\n", scalar != "\r" else {
                current = machine.start
                continue
            }
            take(scalar)
            if isAtEnd { return true }
        }
        return false
    }

    /// How many of the characters, from the first on, match; as many as can, at most `count_max`. Nil: none does.
    mutating func longest(in scalars: some Sequence<Unicode.Scalar>, count_max: Int) -> Int? {
        var longest: Int? = isAtEnd ? 0 : nil
        for (index, scalar) in scalars.prefix(count_max).enumerated() {
            guard scalar != "\n", scalar != "\r" else { break }
            take(scalar)
            if isAtEnd { longest = index + 1 }
            if current.isEmpty { break }
        }
        return longest
    }

    private mutating func take(_ scalar: Unicode.Scalar) {
        moved.becomeSuccessors(of: current, in: machine.takers[machine.classes.of(scalar)])
        current.become(renewal, and: moved, without: machine.branches)
        moved.forEachCommon(with: machine.branches) { index in
            // What one branch led to needs no second walk from the others there.
            guard !current.contains(index), let closure = machine.closures[index] else { return }
            current.formUnion(closure)
        }
    }
}
