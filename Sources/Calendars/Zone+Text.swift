extension Zone {
    /// Reads what `text` writes; nil for anything else.
    public init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count >= 2, Zone.isName(words[0]), let rule = ZoneRule(words[1]),
            let listed = Self.periods(words[2...])
        else { return nil }
        self.init(name: words[0], listed: listed, rule: rule)
        // One zone has one text: what was written otherwise was not written here.
        guard self.text == text else { return nil }
    }

    /// The first kind, then of each change the second and the kind.
    static func words(_ periods: [Period]) -> [String] {
        periods.flatMap { period in
            (period.start_s == .min ? [] : [String(period.start_s)]) + [period.kind.description]
        }
    }

    private static func periods(_ words: ArraySlice<String>) -> [Period]? {
        guard let first = words.first else { return [] }
        let changes = words.dropFirst()
        guard let kind = Kind(first), changes.count % 2 == 0, changes.count / 2 < periods_max else { return nil }
        var periods = [Period(start_s: .min, kind: kind)]
        for index in stride(from: changes.startIndex, to: changes.endIndex, by: 2) {
            guard let start_s = Int(changes[index]), let kind = Kind(changes[index + 1]), kept_s.contains(start_s),
                start_s > periods[periods.count - 1].start_s
            else { return nil }
            periods.append(Period(start_s: start_s, kind: kind))
        }
        return periods
    }
}

extension Zone.Kind: LosslessStringConvertible {
    /// As POSIX writes it, with the hours that lead back to UTC: `CET-1`, `<+0530>-5:30`.
    init?(_ text: String) {
        var reader = ZoneRuleReader(text)
        guard let kind = reader.kind(), reader.isAtEnd else { return nil }
        self = kind
    }

    var description: String { name + ZoneRule.clock(-offset_s) }

    /// The abbreviation in `<` and `>` where it is not of letters only.
    var name: String { abbreviation.utf8.allSatisfy(isLetter) ? abbreviation : "<\(abbreviation)>" }
}
