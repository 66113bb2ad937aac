import TimeAndChance

/// A named time zone as a value: its name and its rules from 2020 to 2050.
///
/// A plan carries the zones it names, so that the same history gives the same state on every machine, whatever
/// time zone database it has. Before 2020 the first offset holds, after 2049 the last.
///
/// Stored as its `text`: the name, then the rule that repeats every year, as POSIX writes it
/// (`Europe/Berlin CET-1CEST,M3.5.0,M10.5.0/3`), then what differs from that rule, if anything does: the first offset
/// and each change with its Unix second (`Africa/Cairo EET-2EEST,M4.5.5/0,M10.5.4/24 EET-2 1682632800 EEST-3`).
public struct Zone: Sendable {
    /// As in the time zone database: `Europe/Berlin`.
    public let name: String
    /// The stored form. Zones are equal when it is.
    public let text: String

    /// Ascending; the first begins before all time.
    let periods: [Period]

    /// A time in which the clocks keep one offset.
    struct Period: Hashable {
        /// Unix second; `Int.min` for the first.
        var start_s: Int
        var kind: Kind
    }

    /// An offset and what people call it.
    struct Kind: Hashable {
        /// Letters, digits, `+` and `-`: `CET`, `+0530`.
        var abbreviation: String
        /// Seconds east of UTC.
        var offset_s: Int
    }

    static let nameLength_max = 64
    static let periods_max = 1_000
    /// What POSIX can write for an offset; daylight time may add an hour.
    static let offset_max_s = 25 * 3_600 - 1
    /// Unix seconds of 2020-01-01 and 2050-01-01: changes are kept from the first up to the second.
    static let kept_s = 1_577_836_800..<2_524_608_000

    public static let utc = Zone(name: "UTC", listed: [], rule: ZoneRule(Kind(abbreviation: "UTC", offset_s: 0)))

    /// `listed` holds what is not the rule's doing; the rule goes on after its last start.
    init(name: String, listed: [Period], rule: ZoneRule) {
        self.name = name
        text = ([name, rule.description] + Self.words(listed)).joined(separator: " ")
        periods = Self.joined(listed, rule)
    }

    static func joined(_ listed: [Period], _ rule: ZoneRule) -> [Period] {
        guard let last = listed.last else { return rule.periods }
        var all = listed
        for period in rule.periods where period.start_s > last.start_s && period.kind != all[all.count - 1].kind {
            all.append(period)
        }
        return all
    }

    /// Whether a text can be a zone's name; such a name is also a safe path below the database's folder.
    public static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= nameLength_max
            && parts.allSatisfy { part in
                part.utf8.first.map(isLetter) ?? false
                    && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+-_".utf8.contains($0) }
            }
    }
}

extension Zone {
    /// Seconds east of UTC.
    public func offset_s(at instant: Instant) -> Int { kind(at_s: instant.unix_s).offset_s }

    /// What people call the offset: `CEST`, `+0530`.
    public func abbreviation(at instant: Instant) -> String { kind(at_s: instant.unix_s).abbreviation }

    /// What the clocks show, begun minutes only; saturates in the years 1 and 9999.
    public func local(at instant: Instant) -> LocalTime {
        let unix_s = instant.unix_s
        let wall_s = unix_s + kind(at_s: unix_s).offset_s
        let day = wall_s.flooredQuotient(by: 86_400)
        let date = CivilDate(epochDay: day)
        guard date.epochDay == day else {
            return LocalTime(date, TimeOfDay(validMinutes: day < date.epochDay ? 0 : 1_439))
        }
        return LocalTime(date, TimeOfDay(validMinutes: (wall_s - day * 86_400) / 60))
    }

    /// The first instant at which the clocks show this or a later time. Of a time that happens twice that is the
    /// first; of one that the clocks skip, the instant in which they do: 02:30 on the morning when 02:00 becomes 03:00
    /// is the instant of 03:00.
    public func instant(of local: LocalTime) -> Instant {
        let wall_s = local.wall_s
        var index = periodIndex(at_s: wall_s - Self.offset_max_s - 3_600)
        while index + 1 < periods.count, wall_s >= periods[index + 1].start_s + periods[index].kind.offset_s {
            index += 1
        }
        return Instant(unix_s: max(wall_s - periods[index].kind.offset_s, periods[index].start_s))
    }

    private func kind(at_s unix_s: Int) -> Kind { periods[periodIndex(at_s: unix_s)].kind }

    /// The last period that has begun, by halving.
    private func periodIndex(at_s unix_s: Int) -> Int {
        var (low, high) = (0, periods.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if periods[middle].start_s <= unix_s { low = middle } else { high = middle }
        }
        return low
    }
}

extension Zone: Hashable {
    public static func == (left: Zone, right: Zone) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Zone: CustomStringConvertible {
    public var description: String { name }
}

extension Zone: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(Zone.init(text:)) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(text) }
}

extension Instant {
    /// Whole seconds since 1970-01-01, rounded down.
    var unix_s: Int { Int(unix_ms).flooredQuotient(by: 1_000) }

    init(unix_s: Int) {
        self.init(unix_ms: Int64(unix_s) * 1_000)
    }
}

extension Int {
    /// Rounds down, below zero too.
    func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
