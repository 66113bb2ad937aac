// With additions, multiplications and divisions only, which IEEE 754 rounds alike everywhere: the same counts give the
// same verdict on every machine, whatever its mathematical library.

enum Logarithms {
    private static let logOf2 = 0.693_147_180_559_945_309_4
    private static let halfLogOf2Pi = 0.918_938_533_204_672_741_8

    /// The natural logarithm of a positive finite number, to some 1e-16 of its size.
    static func log(_ number: Double) -> Double {
        // 2^exponent times a significand between 0.7 and 1.4, whose logarithm is 2 artanh((s - 1) / (s + 1)).
        var (exponent, significand) = (Double(number.exponent), number.significand)
        if significand > 1.414_213_562 {
            significand /= 2
            exponent += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var (sum, power) = (0.0, ratio)
        for divisor in stride(from: 1.0, through: 23.0, by: 2) {
            sum += power / divisor
            power *= square
        }
        return exponent * logOf2 + 2 * sum
    }

    /// `factor` times the logarithm of `number`, where nothing times anything is nothing.
    static func times(_ factor: Double, log number: Double) -> Double {
        guard factor > 0 else { return 0 }
        return number > 0 ? factor * log(number) : -.infinity
    }

    /// The logarithm of the gamma function of a positive number, by Stirling's series.
    static func gamma(_ number: Double) -> Double {
        // Small numbers are carried up to where the series is exact to the last digits.
        var (argument, product) = (number, 1.0)
        while argument < 10 {
            product *= argument
            argument += 1
        }
        let inverse = 1 / argument
        let square = inverse * inverse
        let series =
            inverse
            * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1_260.0 - square * (1 / 1_680.0 - square / 1_188.0))))
        return (argument - 0.5) * log(argument) - argument + halfLogOf2Pi + series - log(product)
    }

    /// The logarithm of the beta function of two positive numbers.
    static func beta(_ left: Double, _ right: Double) -> Double { gamma(left) + gamma(right) - gamma(left + right) }

    /// e to this power; to some 1e-14 of its size, 0 where it is below 1e-300, infinite above 1e300.
    static func exp(_ power: Double) -> Double {
        guard power > -690 else { return 0 }
        guard power < 690 else { return .infinity }
        let exponent = (power / logOf2).rounded()
        let rest = power - exponent * logOf2
        var (sum, term) = (1.0, 1.0)
        for divisor in 1...18 {
            term *= rest / Double(divisor)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(exponent), significand: 1)
    }
}
