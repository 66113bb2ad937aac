import OrderedCollections

/// Which errands are under way and which wait. A pure table: whoever runs them asks it what to begin next.
///
/// A slow registry holds up neither probes nor notices, and a dead channel only its own notices.
struct ErrandQueue {
    /// More are answered at once: the controller is asked for more than the outside can bear.
    static let waiting_max = 10_000

    private var waiting: [Errand.Lane.Kind: [Errand]] = [:]
    private var underWay: [Errand.Lane.Kind: Int] = [:]
    private var turnsTaken: Set<Errand.Lane> = []

    var waiting_count: Int { waiting.values.reduce(0) { $0 + $1.count } }

    /// False where too many wait already.
    mutating func add(_ errand: Errand) -> Bool {
        guard waiting_count < Self.waiting_max else { return false }
        waiting[errand.lane.kind, default: []].append(errand)
        return true
    }

    /// The errands to begin now, each once.
    mutating func begin() -> [Errand] { Errand.Lane.Kind.allCases.flatMap { begin($0) } }

    mutating func end(_ errand: Errand) {
        underWay[errand.lane.kind, default: 0] -= 1
        turnsTaken.remove(errand.lane)
    }

    private mutating func begin(_ kind: Errand.Lane.Kind) -> [Errand] {
        guard let errands = waiting[kind], !errands.isEmpty else { return [] }
        var (begun, left): ([Errand], [Errand]) = ([], [])
        for errand in errands {
            let hasRoom = underWay[kind, default: 0] < kind.width
            guard hasRoom, errand.lane.turn == nil || turnsTaken.insert(errand.lane).inserted else {
                left.append(errand)
                continue
            }
            underWay[kind, default: 0] += 1
            begun.append(errand)
        }
        waiting[kind] = left
        return begun
    }
}
