/// Characters that no set of a program tells apart, under one number: 0 to `count - 1`.
struct ScalarClasses: Sendable {
    /// The first character of every class but the lowest, ascending.
    private let bounds: [UInt32]
    private let ofASCII: [Int]
    /// For each set, for each class, whether it holds it.
    private let membership: [[Bool]]

    var count: Int { bounds.count + 1 }

    init(_ sets: [ScalarSet]) {
        let edges = sets.flatMap(\.ranges).flatMap { [$0.lowerBound.value, $0.upperBound.value + 1] }
        let bounds = Set(edges).subtracting([0]).sorted()
        self.bounds = bounds
        ofASCII = (0..<128).map { Self.search($0, in: bounds) }
        // Bounds are first characters; only the gap of the surrogates has none, and a text has nothing of it.
        membership = sets.map { set in
            ([0] + bounds).map { first in Unicode.Scalar(first).map(set.contains) ?? false }
        }
    }

    func of(_ scalar: Unicode.Scalar) -> Int {
        scalar.isASCII ? ofASCII[Int(scalar.value)] : Self.search(scalar.value, in: bounds)
    }

    func holds(set: Int, class number: Int) -> Bool { membership[set][number] }

    /// How many bounds are not above the value, by halving.
    private static func search(_ value: UInt32, in bounds: [UInt32]) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
