extension Zone {
    /// A zone from the bytes of its TZif file (RFC 8536, version 2 or later), which the caller has read, as
    /// `/usr/share/zoneinfo/Europe/Berlin`. Bytes of any kind give a zone or a problem.
    public init(name: String, file: [UInt8]) throws(ZoneProblem) {
        guard Zone.isName(name) else { throw .badName(name) }
        let content = try ZoneFile(name: name, bytes: file)
        let (listed, rule) = try content.listedAndRule()
        let all = Self.joined(listed, rule)
        // Many files list what their rule would give as well: one zone, one text, whichever kind of file it came from.
        let count = (0..<listed.count).first { Self.joined(Array(listed[..<$0]), rule) == all } ?? listed.count
        self.init(name: name, listed: Array(listed[..<count]), rule: rule)
    }
}

/// What the second part of a TZif file says, the one with 64-bit times.
private struct ZoneFile {
    private let name: String
    private let kinds: [Zone.Kind]
    private let changes: [(start_s: Int, kind: Int)]
    private let footer: String

    private static let size_max_bytes = 1 << 20
    private static let header_bytes = 44

    /// How many there are of each thing, as a header says.
    private struct Counts {
        var universalMarks, standardMarks, leapSeconds, changes, kinds, letters: Int

        func body_bytes(time_bytes: Int) -> Int {
            changes * (time_bytes + 1) + kinds * 6 + letters + leapSeconds * (time_bytes + 4) + standardMarks
                + universalMarks
        }
    }

    init(name: String, bytes: [UInt8]) throws(ZoneProblem) {
        guard bytes.count <= Self.size_max_bytes else { throw .damaged(name, "it is larger than 1 MiB") }
        let first = try Self.counts(bytes[...], name)
        guard bytes[4] >= UInt8(ascii: "2") else { throw .tooOld(name) }
        let part = bytes.dropFirst(Self.header_bytes + first.body_bytes(time_bytes: 4))
        let counts = try Self.counts(part, name)
        let body = part.dropFirst(Self.header_bytes)
        guard counts.body_bytes(time_bytes: 8) <= body.count else { throw .damaged(name, "it ends too early") }
        guard counts.leapSeconds == 0 else { throw .leapSeconds(name) }

        var rest = body
        func take(_ count: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        let times = take(counts.changes * 8)
        let indices = take(counts.changes)
        let kinds = take(counts.kinds * 6)
        let letters = take(counts.letters)
        _ = take(counts.standardMarks + counts.universalMarks)
        self.name = name
        self.kinds = try Self.kinds(kinds, letters, name)
        changes = try Self.changes(times, indices, kindCount: counts.kinds, name)
        footer = try Self.footer(rest, name)
    }

    private static func counts(_ bytes: ArraySlice<UInt8>, _ name: String) throws(ZoneProblem) -> Counts {
        guard bytes.starts(with: "TZif".utf8) else { throw .notTZif(name) }
        guard bytes.count >= header_bytes else { throw .damaged(name, "it ends within a header") }
        let numbers = stride(from: bytes.startIndex + 20, to: bytes.startIndex + header_bytes, by: 4).map {
            Int(number(bytes[$0..<$0 + 4]))
        }
        return Counts(
            universalMarks: numbers[0],
            standardMarks: numbers[1],
            leapSeconds: numbers[2],
            changes: numbers[3],
            kinds: numbers[4],
            letters: numbers[5]
        )
    }

    private static func kinds(_ bytes: ArraySlice<UInt8>, _ letters: ArraySlice<UInt8>, _ name: String)
        throws(ZoneProblem) -> [Zone.Kind]
    {
        guard !bytes.isEmpty else { throw .damaged(name, "it has no offsets") }
        var kinds: [Zone.Kind] = []
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 6) {
            let offset_s = Int(Int32(truncatingIfNeeded: number(bytes[start..<start + 4])))
            guard offset_s.magnitude <= Zone.offset_max_s else { throw .damaged(name, "an offset is a day or more") }
            let abbreviation = letters.dropFirst(Int(bytes[start + 5])).prefix { $0 != 0 }
            let kind = Zone.Kind(abbreviation: String(decoding: abbreviation, as: UTF8.self), offset_s: offset_s)
            // What cannot be written could not be stored.
            guard Zone.Kind(kind.description) == kind else { throw .damaged(name, "an abbreviation cannot be one") }
            kinds.append(kind)
        }
        return kinds
    }

    private static func changes(
        _ times: ArraySlice<UInt8>,
        _ indices: ArraySlice<UInt8>,
        kindCount: Int,
        _ name: String
    ) throws(ZoneProblem) -> [(start_s: Int, kind: Int)] {
        var changes: [(start_s: Int, kind: Int)] = []
        var last_s = Int.min
        for (position, kind) in indices.enumerated() {
            let start = times.startIndex + position * 8
            let start_s = Int(Int64(bitPattern: number(times[start..<start + 8])))
            guard start_s > last_s || position == 0 else { throw .damaged(name, "its changes do not follow in time") }
            guard kind < kindCount else { throw .damaged(name, "a change leads to an offset that it does not have") }
            changes.append((start_s, Int(kind)))
            last_s = start_s
        }
        return changes
    }

    /// The rule between two line feeds; empty if there is none.
    private static func footer(_ bytes: ArraySlice<UInt8>, _ name: String) throws(ZoneProblem) -> String {
        let lineFeed = UInt8(ascii: "\n")
        guard bytes.first == lineFeed, let end = bytes.dropFirst().firstIndex(of: lineFeed) else {
            throw .damaged(name, "its last line is missing")
        }
        return String(decoding: bytes[bytes.startIndex + 1..<end], as: UTF8.self)
    }

    /// Big-endian, 8 bytes at most.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// The periods that the file lists for the kept years, and the rule that goes on after them. None are listed where
    /// the rule has begun before.
    func listedAndRule() throws(ZoneProblem) -> (listed: [Zone.Period], rule: ZoneRule) {
        let periods = changes.map { Zone.Period(start_s: $0.start_s, kind: kinds[$0.kind]) }
        let listed = Zone.Period.kept(periods, first: kinds[0])
        guard listed.count <= Zone.periods_max else { throw .damaged(name, "it changes too often") }
        let lastChange_s = periods.last?.start_s ?? .min
        // No rule, or none before 2050: the last offset stays.
        guard !footer.isEmpty, lastChange_s < Zone.kept_s.upperBound else {
            return (listed, ZoneRule(listed[listed.count - 1].kind))
        }
        guard let rule = ZoneRule(footer) else { throw .badRule(name, footer) }
        return (lastChange_s < Zone.kept_s.lowerBound ? [] : listed, rule)
    }
}
