/// A program made ready to run: for every class of characters the states that take it, and for every state that takes
/// none where it leads, as bits. One character then costs a few operations for every 64 states.
struct PatternMachine: Sendable {
    let classes: ScalarClasses
    /// For each class, who takes its characters.
    let takers: [StateBits]
    /// The states that go on without taking a character.
    let branches: StateBits
    /// For each branch what it leads to, itself included; nil for the other states.
    let closures: [StateBits?]
    /// Reached before the first character.
    let start: StateBits
    let nothing: StateBits
    let end: Int

    init(_ program: PatternProgram) {
        let states = program.states
        let classes = ScalarClasses(program.sets)
        let nothing = StateBits(capacity: states.count)
        var takers = [StateBits](repeating: nothing, count: classes.count)
        var branches = nothing
        var closures = [StateBits?](repeating: nil, count: states.count)
        for (index, state) in states.enumerated() {
            switch state {
            case .take(let set):
                for number in takers.indices where classes.holds(set: set, class: number) {
                    takers[number].insert(index)
                }
            case .split, .jump:
                branches.insert(index)
                closures[index] = Self.closure(of: index, states)
            case .end: break
            }
        }
        self.classes = classes
        self.takers = takers
        self.branches = branches
        self.closures = closures
        self.nothing = nothing
        start = Self.closure(of: 0, states)
        end = states.count - 1
    }

    private static func closure(of first: Int, _ states: [PatternProgram.State]) -> StateBits {
        var reached = StateBits(capacity: states.count)
        var open = [first]
        while let index = open.popLast() {
            guard !reached.contains(index) else { continue }
            reached.insert(index)
            switch states[index] {
            case .split(let first, let second): open += [first, second]
            case .jump(let target): open.append(target)
            case .take, .end: break
            }
        }
        return reached
    }
}
