import Calendars
import Foundation
import Testing
import TimeAndChance

@Suite struct ZoneTests {
    /// Zones of every kind of rule that the database has: of the north and the south, of half an hour, of three days
    /// after a Thursday, of a month of the moon, with winter time as the exception, and with none.
    static let names = [
        "Europe/Berlin", "Europe/Dublin", "Europe/Lisbon", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
        "America/Santiago", "America/Havana", "America/Nuuk", "America/Asuncion", "America/Mexico_City",
        "Asia/Kolkata", "Asia/Kathmandu", "Asia/Gaza", "Asia/Jerusalem", "Asia/Tehran", "Asia/Beirut",
        "Africa/Casablanca", "Africa/Cairo", "Africa/Juba", "Australia/Lord_Howe", "Australia/Sydney",
        "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Norfolk", "Antarctica/Troll", "UTC",
    ]

    @Test(arguments: names) func `clocks show what the program date of coreutils shows`(name: String) throws {
        let zone = try ZoneDatabase.zone(name)
        let instants = try instants(of: zone)
        let lines = try output(
            of: ["date", "-f", "-", "+%Y-%m-%dT%H:%M %Z"],
            environment: ["TZ": name, "LC_ALL": "C"],
            input: instants.map { "@\($0.unix_ms / 1_000)\n" }.joined()
        ).split(separator: "\n")
        try #require(lines.count == instants.count)
        for (instant, line) in zip(instants, lines) {
            #expect("\(zone.local(at: instant)) \(zone.abbreviation(at: instant))" == line)
        }
    }

    @Test(arguments: names) func `a local time is the first instant at which clocks show it or a later one`(
        name: String
    ) throws {
        let zone = try ZoneDatabase.zone(name)
        for instant in try instants(of: zone) {
            let shown = zone.local(at: instant)
            for wanted in [shown] + (-3...3).compactMap({ moved(shown, minutes: $0 * 25) }) {
                let found = zone.instant(of: wanted)
                #expect(zone.local(at: found) >= wanted, "\(wanted)")
                #expect(zone.local(at: found - .milliseconds(1)) < wanted, "\(wanted)")
            }
        }
    }

    /// Some hundred by chance, and the seconds around every change.
    private func instants(of zone: Zone) throws -> [Instant] {
        var generator = SeededGenerator(seed: 20)
        let (start, end) = (try utc("2020-01-01T00:00"), try utc("2050-01-01T00:00"))
        var instants = (0..<300).map { _ in
            Instant(unix_ms: Int64.random(in: start.unix_ms / 1_000..<end.unix_ms / 1_000, using: &generator) * 1_000)
        }
        var last = start
        // Three days are shorter than any time between two changes.
        while last < end {
            let next = last + .days(3)
            if zone.offset_s(at: next) != zone.offset_s(at: last) {
                var (low, high) = (last, next)
                while high - low > .seconds(1) {
                    let middle = low + .seconds((high - low).ms / 2_000)
                    if zone.offset_s(at: middle) == zone.offset_s(at: last) { low = middle } else { high = middle }
                }
                instants += [low, high, high + .minutes(30), low - .minutes(30)]
            }
            last = next
        }
        return instants
    }

    private func moved(_ local: LocalTime, minutes: Int) -> LocalTime? {
        TimeOfDay(minutes: local.time.minutes + minutes).map { LocalTime(local.date, $0) }
    }

    @Test(
        arguments: [
            ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
            ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
            ("America/New_York", "2026-03-08T02:15", "2026-03-08T07:00"),
            ("America/New_York", "2026-11-01T01:15", "2026-11-01T05:15"),
            ("Asia/Kolkata", "2026-03-29T02:30", "2026-03-28T21:00"),
            ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30"),
            ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
            ("Australia/Sydney", "2026-10-04T02:30", "2026-10-03T16:00"),
            ("Australia/Sydney", "2026-01-15T12:00", "2026-01-15T01:00"),
        ] as [(String, String, String)]
    )
    func `a time that clocks skip is when they do, one that they show twice is the first`(
        name: String,
        wanted: String,
        inUTC: String
    ) throws {
        let instant = try ZoneDatabase.zone(name).instant(of: local(wanted))
        #expect(words(instant) == inUTC)
    }

    @Test func `the end of a day is the midnight of the next`() throws {
        let zone = try ZoneDatabase.zone("Europe/Berlin")
        #expect(try zone.instant(of: local("2026-12-31T24:00")) == zone.instant(of: local("2027-01-01T00:00")))
    }

    @Test func `far instants saturate`() throws {
        let zone = try ZoneDatabase.zone("America/New_York")
        #expect(try zone.local(at: .distantFuture) == (local("9999-12-31T23:59")))
        #expect(try zone.local(at: Instant(unix_ms: .min)) == (local("0001-01-01T00:00")))
        #expect(try zone.offset_s(at: .distantFuture) == zone.offset_s(at: utc("2049-12-31T00:00")))
        #expect(try zone.offset_s(at: Instant(unix_ms: .min)) == zone.offset_s(at: utc("2020-01-01T00:00")))
        #expect(try words(zone.instant(of: local("9999-12-31T24:00"))) == "9999-12-31T23:59")
    }

    @Test func `a zone is stored as one short line and read from it as it was`() throws {
        for name in try ZoneDatabase.names() {
            let zone = try ZoneDatabase.zone(name)
            let stored = try JSONEncoder().encode(zone)
            #expect(stored.count < 2_000, "\(name)")
            let restored = try JSONDecoder().decode(Zone.self, from: stored)
            #expect(restored == zone)
            for instant in try stride(
                from: utc("2020-01-01T00:00").unix_ms,
                to: utc("2050-01-01T00:00").unix_ms,
                by: 9_000_000_000
            )
            .map(Instant.init) {
                #expect(restored.offset_s(at: instant) == zone.offset_s(at: instant))
            }
        }
        #expect(try ZoneDatabase.zone("Europe/Berlin").text == "Europe/Berlin CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(try ZoneDatabase.zone("UTC") == .utc)
    }

    @Test(arguments: [
        "", "UTC", "UTC ", "UTC UTC", "UTC UTC00", "UTC  UTC0", "../x UTC0", "A UT0", "A CET-1CEST",
        "A CET-1CEST,M3.5.0",
        "A CET-1CEST,M3.5.0,M13.5.0", "A CET-1CEST,M3.5.0,J366", "A CET-1CEST,M3.5.0,M10.5.0/168", "A CET-25",
        "A CET-1CEST-2,M3.5.0,M10.5.0", "A UTC0 EET-2 5 EEST-3", "A UTC0 EET-2 1682632800", "A UTC0 EET-2 x EEST-3",
        "A UTC0 EET-2 1682632800 EEST-3 1682632800 EET-2", "A UTC0 EET-2 99999999999999999999 EEST-3", "A UTC0 <E!>1",
    ])
    func `a line that no zone writes is refused`(text: String) {
        #expect(Zone(text: text) == nil)
    }
}
