import HeapModule
import TrainModel

/// Whether a host serves what a release would take from it, as far as the controller can tell.
enum Standing: Int, Sendable, CaseIterable {
    /// Known to serve nobody: at work on an order, or unhealthy by its own word. Taking it costs nobody anything.
    case out
    /// It may serve or not: without a link, in trouble, with its clock off, not heard of yet, with an order that waits to be
    /// sent again, or busy or unhealthy with another service. Counts as out of service where the plan's limit is concerned, and as serving where
    /// somebody would take it.
    case unsure
    case inService
}

/// The hosts of one region of one release: how many are out of service, and who waits for an order. Every step costs the
/// logarithm of the hosts at most.
///
/// Hosts are named by their place in `RegionState.hosts`.
struct Room: Sendable {
    /// The region's step (`RegionState.stepNumber`) whose orders hosts wait for here.
    let stepNumber: Int
    /// Nil: revoked, and no longer counted anywhere.
    private var standings: [Standing?]
    private var waits: [Bool]
    /// Those that wait, by standing. Entries that have moved on since are dropped when they come to the front.
    private var queues = [PlaceQueue](repeating: PlaceQueue(), count: Standing.allCases.count)
    /// Hosts that are out of service or must be taken for it.
    private(set) var unavailable = 0
    /// Hosts that may have served when they were taken on the way back, until they are let go.
    private(set) var taken: Set<Int> = []

    init(_ hosts: some Sequence<(standing: Standing?, waits: Bool)>, stepNumber: Int) {
        self.stepNumber = stepNumber
        standings = hosts.map(\.standing)
        waits = hosts.map(\.waits)
        for (place, standing) in standings.enumerated() {
            guard let standing else { continue }
            enter(place, standing)
        }
    }

    /// Costs the region's hosts; for people only.
    var unavailablePlaces: [Int] {
        standings.indices.filter { standings[$0].map { $0 != .inService } ?? false }
    }

    /// True if the host stood otherwise before.
    mutating func move(_ place: Int, to standing: Standing) -> Bool {
        guard let before = standings[place], before != standing else { return false }
        if before != .inService { unavailable -= 1 }
        standings[place] = standing
        enter(place, standing)
        return true
    }

    mutating func remove(_ place: Int) {
        guard let before = standings[place] else { return }
        if before != .inService { unavailable -= 1 }
        standings[place] = nil
    }

    /// Chooses hosts so that never more are out of service than `unavailable_max`, whatever the unsure ones turn out to
    /// be. Those chosen wait no longer. Empty: there is no room, or nobody waits.
    ///
    /// `outFirst`: those out of service go before all others and beyond `batch_max`, and those that may serve go once the
    /// batch before has been let go; otherwise the order of the hosts decides.
    mutating func takeNext(batch_max: Int, unavailable_max: Int, outFirst: Bool) -> [Int] {
        var left = taken.isEmpty ? batch_max : 0
        var chosen: [Int] = []
        var unavailable = unavailable
        while let next = next(unavailable, unavailable_max, outFirst) {
            let isFree = outFirst && next.standing == .out
            guard isFree || left > 0 else { break }
            queues[next.standing.rawValue].removeFirst()
            waits[next.place] = false
            chosen.append(next.place)
            if next.standing == .inService { unavailable += 1 }
            guard !isFree else { continue }
            left -= 1
            if outFirst { taken.insert(next.place) }
        }
        return chosen
    }

    /// They have answered, or nobody can expect them to.
    mutating func letGo(_ places: Set<Int>) {
        taken.subtract(places)
    }

    /// Whether a host that waits for nothing else may be taken out of service now.
    func mayTake(_ place: Int, unavailable_max: Int) -> Bool {
        standings[place].map { permits($0, unavailable, unavailable_max) } ?? false
    }

    private mutating func next(
        _ unavailable: Int,
        _ unavailable_max: Int,
        _ outFirst: Bool
    ) -> (place: Int, standing: Standing)? {
        var best: (place: Int, standing: Standing)?
        for standing in Standing.allCases where permits(standing, unavailable, unavailable_max) {
            guard let place = front(standing) else { continue }
            if let best, outFirst || best.place < place { continue }
            best = (place, standing)
        }
        return best
    }

    private func permits(_ standing: Standing, _ unavailable: Int, _ unavailable_max: Int) -> Bool {
        switch standing {
        case .out: true
        case .unsure: unavailable <= unavailable_max
        case .inService: unavailable < unavailable_max
        }
    }

    private mutating func front(_ standing: Standing) -> Int? {
        while let place = queues[standing.rawValue].first {
            if waits[place], standings[place] == standing { return place }
            queues[standing.rawValue].removeFirst()
        }
        return nil
    }

    private mutating func enter(_ place: Int, _ standing: Standing) {
        if standing != .inService { unavailable += 1 }
        if waits[place] { queues[standing.rawValue].insert(place) }
    }
}

/// Places in order, each once.
private struct PlaceQueue: Sendable {
    private var places = Heap<Int>()
    private var present: Set<Int> = []

    var first: Int? { places.min }

    mutating func insert(_ place: Int) {
        if present.insert(place).inserted { places.insert(place) }
    }

    mutating func removeFirst() {
        if let place = places.popMin() { present.remove(place) }
    }
}
