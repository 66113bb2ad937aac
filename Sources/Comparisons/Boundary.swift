/// The line between rates that are acceptable and rates that are not: for each baseline rate p the rate
/// max((1 + relative) p, p + absolute).
struct Boundary {
    /// 0.5: half as much again.
    let relative: Double
    /// 0.001: a tenth of a percentage point.
    let absolute: Double

    /// No worse at all.
    static let equality = Boundary(relative: 0, absolute: 0)

    func rate(over baseline: Double) -> Double { max(baseline * (1 + relative), baseline + absolute) }

    /// The logarithm of the greatest likelihood that any pair of rates on the line gives the counts.
    func logLikelihood_max(_ counts: PairOfCounts) -> Double {
        // Below this baseline rate the absolute part is the greater, above it the relative one.
        let corner = relative > 0 ? absolute / relative : 1
        guard corner < 1 - absolute else { return counts.likelihood_max(raised: absolute, upTo: 1) }
        let above = counts.likelihood_max(multiplied: 1 + relative, from: corner)
        return absolute > 0 ? max(above, counts.likelihood_max(raised: absolute, upTo: corner)) : above
    }
}
