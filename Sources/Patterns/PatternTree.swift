/// What a pattern says, as it was read.
indirect enum PatternTree {
    case one(ScalarSet)
    case sequence([PatternTree])
    case either(PatternTree, PatternTree)
    /// No upper bound: nil.
    case repeated(PatternTree, min: Int, max: Int?)
}

/// The characters that can stand in one place.
struct ScalarSet: Hashable, Sendable {
    var ranges: [ClosedRange<Unicode.Scalar>]
    var isInverted = false

    func contains(_ character: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(character) } != isInverted
    }

    static let any = ScalarSet(ranges: ["\n"..."\n", "\r"..."\r"], isInverted: true)
    static let digits = ScalarSet(ranges: ["0"..."9"])
    static let word = ScalarSet(ranges: ["0"..."9", "A"..."Z", "_"..."_", "a"..."z"])
}
