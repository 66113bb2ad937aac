import StructuredText
import TrainModel

extension Shape where Value == Share {
    /// A number of hosts (`2`) or a part of them (`25%`).
    static var share: Shape {
        let wanted = "a number of hosts such as 2, or a percentage such as 25%"
        return Shape(wanted, schema: { _ in shareSchema }) { node, label, problems in
            guard let text = node.scalar?.text, !node.isNothing else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            let isPercentage = text.hasSuffix("%")
            let digits = isPercentage ? text.dropLast() : text[...]
            guard let number = wholeNumber(digits) else {
                problems.add(node.place, .badShare, "\(label) must be \(wanted), not \(Problem.quote(text))")
                return nil
            }
            let number_max = isPercentage ? 100 : 100_000
            guard (1...number_max).contains(number) else {
                let bounds = isPercentage ? "from 1% to 100%" : "from 1 to \(number_max)"
                problems.add(node.place, .badShare, "\(label) must be \(bounds), not \(Problem.quote(text))")
                return nil
            }
            return isPercentage ? .percent(number) : .count(number)
        }
    }
}

private let shareSchema = Schema.any(of: [
    Schema.integer(in: 1...100_000), ["type": "string", "pattern": "^([1-9][0-9]{0,5}|([1-9][0-9]?|100)%)$"],
])

/// A threshold such as `> 1%`, in hundredths of a per cent.
struct Threshold {
    let above_bp: Int
}

extension Shape where Value == Threshold {
    /// `'> 1%'`: more than one in a hundred. Up to two decimals, below 100%.
    static var threshold: Shape {
        .text("a threshold such as '> 1%'", schema: Schema.text(pattern: #"^> *[0-9]{1,2}(\.[0-9]{1,2})?%$"#)) {
            text,
            place,
            label,
            problems in
            let words = (text.hasPrefix(">") ? text.dropFirst() : text[...]).drop { $0 == " " }
            guard text.hasPrefix(">"), words.hasSuffix("%"), let above_bp = hundredths(words.dropLast()) else {
                problems.add(
                    place,
                    .badThreshold,
                    "\(label) must be a threshold such as '> 1%', not \(Problem.quote(text))",
                    remedy: hundredths(words.prefix { $0 != "%" }).map { _ in
                        "did you mean '> \(words.prefix { $0 != "%" })%'?"
                    }
                )
                return nil
            }
            guard above_bp < 10_000 else {
                problems.add(place, .badThreshold, "\(label) can never be more than 100%", remedy: "write less")
                return nil
            }
            return Threshold(above_bp: above_bp)
        }
    }

}

/// `1` is 100, `0.25` is 25; nil for more than two decimals, and above 1000.
func hundredths(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap(wholeNumber), whole <= 1_000 else { return nil }
    guard parts.count == 2 else { return whole * 100 }
    guard (1...2).contains(parts[1].count), let decimals = Int(parts[1]),
        wholeNumber(parts[1].drop { $0 == "0" }) != nil || decimals == 0
    else { return nil }
    return whole * 100 + (parts[1].count == 1 ? decimals * 10 : decimals)
}

extension Shape where Value == Int {
    /// `20` or `20 samples`.
    static var samples: Shape {
        let wanted = "a number of samples such as 20"
        return Shape(wanted, schema: { _ in samplesSchema }) { node, label, problems in
            guard let text = node.scalar?.text, !node.isNothing else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            let words = text.split(separator: " ")
            let isNumber = words.count == 1 || (words.count == 2 && ["sample", "samples"].contains(words[1]))
            guard isNumber, let number = words.first.flatMap(wholeNumber), (1...1_000_000).contains(number) else {
                problems.add(node.place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(text))")
                return nil
            }
            return number
        }
    }
}

private let samplesSchema = Schema.any(of: [
    Schema.integer(in: 1...1_000_000), ["type": "string", "pattern": "^[1-9][0-9]*( +samples?)?$"],
])

/// Decimal digits without sign or leading zero.
private func wholeNumber(_ text: some StringProtocol) -> Int? {
    let isDecimal = !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return isDecimal && (text.utf8.count == 1 || !text.hasPrefix("0")) ? Int(text) : nil
}
