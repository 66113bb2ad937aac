/// Numbers as people read them.
enum Words {
    /// `4,310`
    static func grouped(_ number: Int) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// Two digits that count, `12%`, `2.1%`, `0.034%`, and no zeros behind them; for a share of 0 to 1.
    static func percent(_ share: Double) -> String {
        var decimals = 0
        var scaled = share * 100
        while scaled < 10, scaled > 0, decimals < 8 {
            scaled *= 10
            decimals += 1
        }
        var digits = Int(scaled.rounded())
        while decimals > 0, digits % 10 == 0 {
            digits /= 10
            decimals -= 1
        }
        let text = String(digits)
        guard decimals > 0 else { return "\(text)%" }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - text.count)) + text
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))%"
    }

    /// `1 in 1,200`: the number with two digits that count, rounded down.
    static func odds(oneIn number: Int) -> String {
        var unit = 1
        while number / unit >= 100 { unit *= 10 }
        return "1 in \(grouped(number / unit * unit))"
    }
}
