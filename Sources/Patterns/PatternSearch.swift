/// One run of a program over a text. It holds all states that the text so far can have led to at once, and remembers
/// where each such set went with each class of characters, so that a long text costs one look-up a character.
struct PatternSearch {
    private let program: PatternProgram
    private let classes: ScalarClasses
    /// A match may begin anywhere, and is over as soon as it is found.
    private let isUnanchored: Bool

    private typealias SetNumber = Int

    private struct StateSet {
        /// Those that take a character, and the end.
        var states: [Int]
        var hasEnd: Bool
    }

    /// Numbered from 0, the set before the first character.
    private var sets: [StateSet] = []
    private var numbers: [[Int]: SetNumber] = [:]
    /// For set and class the next set; `unknown` before it was first asked for.
    private var table: [SetNumber] = []
    /// What `reach` has seen, by the number of its call: nothing needs to be cleared.
    private var seen: [Int]
    private var call = 0

    private static let unknown = -1
    /// Then all are forgotten: a pattern could have more sets than there is memory.
    private static let sets_max = 500

    init(_ program: PatternProgram, isUnanchored: Bool) {
        self.program = program
        self.isUnanchored = isUnanchored
        classes = ScalarClasses(program.sets)
        seen = [Int](repeating: 0, count: program.states.count)
        _ = number(of: reach([0]))
    }

    /// Whether the characters lead from the beginning to the end.
    mutating func takesAll(of scalars: some Sequence<Unicode.Scalar>) -> Bool {
        var set = 0
        for scalar in scalars {
            set = next(set, scalar)
            if sets[set].states.isEmpty { return false }
        }
        return sets[set].hasEnd
    }

    /// Whether a part of a line leads to the end.
    mutating func occurs(in text: String) -> Bool {
        var set = 0
        if sets[set].hasEnd { return true }
        for scalar in text.unicodeScalars {
            guard scalar != "\n", scalar != "\r" else {
                set = 0
                continue
            }
            set = next(set, scalar)
            if sets[set].hasEnd { return true }
        }
        return false
    }

    // MARK: From set to set

    private mutating func next(_ set: SetNumber, _ scalar: Unicode.Scalar) -> SetNumber {
        let kind = classes.of(scalar)
        let known = table[set * classes.count + kind]
        return known == Self.unknown ? learn(set, kind) : known
    }

    private mutating func learn(_ set: SetNumber, _ kind: Int) -> SetNumber {
        var starts = isUnanchored ? [0] : []
        for index in sets[set].states {
            if case .take(let wanted) = program.states[index], classes.holds(set: wanted, class: kind) {
                starts.append(index + 1)
            }
        }
        let states = reach(starts)
        if numbers[states] == nil, sets.count == Self.sets_max {
            forget()
            return number(of: states)
        }
        let next = number(of: states)
        table[set * classes.count + kind] = next
        return next
    }

    private mutating func number(of states: [Int]) -> SetNumber {
        if let known = numbers[states] { return known }
        let number = sets.count
        sets.append(StateSet(states: states, hasEnd: states.last == program.states.count - 1))
        numbers[states] = number
        table += [Int](repeating: Self.unknown, count: classes.count)
        return number
    }

    private mutating func forget() {
        let first = sets[0].states
        sets = []
        numbers = [:]
        table = []
        _ = number(of: first)
    }

    /// All states that are reached without taking a character, ascending.
    private mutating func reach(_ starts: [Int]) -> [Int] {
        call += 1
        var open = starts
        var found: [Int] = []
        while let index = open.popLast() {
            guard seen[index] != call else { continue }
            seen[index] = call
            switch program.states[index] {
            case .split(let first, let second): open += [first, second]
            case .jump(let target): open.append(target)
            case .take, .end: found.append(index)
            }
        }
        return found.sorted()
    }
}
