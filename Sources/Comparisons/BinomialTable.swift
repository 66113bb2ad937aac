/// Draws how many of so many go wrong at a rate, for trials of comparisons.
struct BinomialTable {
    /// The probability of at most so many errors, for 0, 1, 2 … up to where it is 1.
    private let cumulative: [Double]

    /// For a rate from 0 to 1 and a count of 0 or more.
    init(count: Int, rate: Double) {
        var (sum, cumulative) = (0.0, [Double]())
        let logOfAll = Logarithms.gamma(Double(count) + 1)
        for errors in 0...count {
            let (wrong, right) = (Double(errors), Double(count - errors))
            let log =
                logOfAll - Logarithms.gamma(wrong + 1) - Logarithms.gamma(right + 1)
                + Logarithms.times(wrong, log: rate) + Logarithms.times(right, log: 1 - rate)
            sum += Logarithms.exp(log)
            cumulative.append(sum)
            if wrong > Double(count) * rate, 1 - sum < 1e-9 { break }
        }
        self.cumulative = cumulative
    }

    func draw(using generator: inout some RandomNumberGenerator) -> Int {
        let wanted = Double.random(in: 0..<1, using: &generator)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] <= wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
