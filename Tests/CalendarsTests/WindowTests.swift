import Calendars
import Foundation
import Testing
import TimeAndChance

@Suite struct WindowTests {
    @Test func `a window of whole days opens and closes at its zone's midnight`() throws {
        let window = try window("Mon", zone: ZoneDatabase.zone("Asia/Kolkata"))
        let before = try utc("2026-11-22T18:29")
        #expect(!window.isOpen(at: before))
        #expect(words(window.nextOpening(after: before)) == "2026-11-22T18:30")
        #expect(try window.isOpen(at: utc("2026-11-22T18:30")))
        #expect(try words(window.nextChange(after: utc("2026-11-22T18:30"))) == "2026-11-23T18:30")
        #expect(try !window.isOpen(at: utc("2026-11-23T18:30")))
        #expect(try words(window.nextOpening(after: utc("2026-11-23T00:00"))) == "2026-11-29T18:30")
    }

    @Test func `days in a row are one opening`() throws {
        let window = try window("Mon-Wed", "Thu 00:00-12:00")
        #expect(try words(window.nextChange(after: utc("2026-11-23T05:00"))) == "2026-11-26T12:00")
    }

    @Test func `spans that overlap are one opening`() throws {
        let window = try window("Fri 14:00-18:00", "Fri 08:00-15:00", "Fri 09:00-10:00")
        #expect(try words(window.nextChange(after: utc("2026-11-20T08:00"))) == "2026-11-20T18:00")
    }

    @Test func `a span over midnight belongs to the day on which it begins`() throws {
        let window = try window("Fri 22:00-02:00")
        #expect(try window.isOpen(at: utc("2026-11-21T01:59")))
        #expect(try !window.isOpen(at: utc("2026-11-21T02:00")))
        #expect(try !window.isOpen(at: utc("2026-11-20T01:00")))
        #expect(try words(window.nextChange(after: utc("2026-11-20T23:00"))) == "2026-11-21T02:00")
    }

    @Test func `a holiday is closed from midnight to midnight, and the night that begins on it too`() throws {
        let window = try window("Mon-Sun 22:00-02:00", except: ["2026-12-25"])
        #expect(try window.isOpen(at: utc("2026-12-24T23:59")))
        #expect(try !window.isOpen(at: utc("2026-12-25T00:30")))
        #expect(try !window.isOpen(at: utc("2026-12-25T23:00")))
        #expect(try !window.isOpen(at: utc("2026-12-26T01:00")))
        #expect(try words(window.nextChange(after: utc("2026-12-24T23:00"))) == "2026-12-25T00:00")
        #expect(try words(window.nextChange(after: utc("2026-12-25T00:00"))) == "2026-12-26T22:00")
    }

    @Test func `a window with a range of dates is closed before and after it`() throws {
        let window = try window("Mon-Sun", dates: date("2026-11-10")...date("2026-11-12"))
        #expect(try words(window.nextChange(after: utc("2026-11-01T00:00"))) == "2026-11-10T00:00")
        #expect(try words(window.nextChange(after: utc("2026-11-10T00:00"))) == "2026-11-13T00:00")
        #expect(try window.nextChange(after: utc("2026-11-13T00:00")) == nil)
        #expect(try window.nextOpening(after: utc("2026-11-10T00:00")) == nil)
    }

    @Test func `what is always open or never changes never`() throws {
        let now = try utc("2026-11-20T09:00")
        let always = try window("Mon-Sun")
        #expect(always.isOpen(at: now) && always.nextChange(after: now) == nil && always.nextOpening(after: now) == nil)
        let never = Window([], zone: .utc)
        #expect(!never.isOpen(at: now) && never.nextChange(after: now) == nil && never.nextOpening(after: now) == nil)
        for edge in [Instant.distantFuture, Instant(unix_ms: .min)] {
            #expect(never.nextChange(after: edge) == nil)
            _ = always.nextChange(after: edge)
        }
    }

    @Test func `a span in the hour that clocks skip is empty, in the hour that they repeat it runs once`() throws {
        let window = try window("Sun 02:00-03:00", zone: ZoneDatabase.zone("Europe/Berlin"))
        #expect(try words(window.nextChange(after: utc("2026-03-23T00:00"))) == "2026-04-05T00:00")
        let autumn = try utc("2026-10-24T12:00")
        #expect(words(window.nextChange(after: autumn)) == "2026-10-25T00:00")
        #expect(try words(window.nextChange(after: utc("2026-10-25T00:00"))) == "2026-10-25T02:00")
    }

    @Test func `a window that has opened at midnight stays open when clocks go back over it`() throws {
        let window = try window("Sun", zone: zoneBackOverMidnight())
        let midnight = try utc("2026-10-24T22:00")
        #expect(words(window.nextChange(after: midnight - .minutes(1))) == words(midnight))
        for minutes in [0, 29, 30, 45, 60, 90] as [Int64] {
            #expect(window.isOpen(at: midnight + .minutes(minutes)))
            #expect(words(window.nextChange(after: midnight + .minutes(minutes))) == "2026-10-25T23:00")
        }
    }

    @Test func `a window keeps its local hours over daylight saving`() throws {
        let window = try window("Mon-Fri 09:00-17:00", zone: ZoneDatabase.zone("America/New_York"))
        #expect(try words(window.nextChange(after: utc("2026-03-06T00:00"))) == "2026-03-06T14:00")
        #expect(try words(window.nextChange(after: utc("2026-03-09T00:00"))) == "2026-03-09T13:00")
    }

    /// Stepping minute by minute is slow and plain; the quick answer must agree.
    @Test(arguments: 0..<24) func `the next change is the first minute at which the answer is another`(seed: UInt64)
        throws
    {
        var generator = SeededGenerator(seed: seed)
        let names = ["Europe/Berlin", "Australia/Lord_Howe", "America/Havana", "America/Santiago", "Africa/Cairo"]
        let zone = try ZoneDatabase.zone(names[Int(seed) % names.count])
        let spans = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            Window.Span(
                Weekdays(Weekday.allCases.filter { _ in Int.random(in: 0..<3, using: &generator) > 0 }),
                from: TimeOfDay(minutes: Int.random(in: 0..<48, using: &generator) * 30) ?? .midnight,
                to: TimeOfDay(minutes: Int.random(in: 0...48, using: &generator) * 30) ?? .midnight
            )
        }.compactMap(\.self)
        let holidays = (0..<10).map { _ in
            CivilDate(epochDay: Int.random(in: 20_500..<20_800, using: &generator))
        }
        let window = Window(spans, zone: zone, excluding: holidays)
        for day in [20_540, 20_541, 20_750, 20_751, 20_752, 20_700] {
            let start = Instant(unix_ms: Int64(day) * 86_400_000)
            let isOpen = window.isOpen(at: start)
            let slow = (1...14 * 1_440).lazy.map { start + .minutes(Int64($0)) }.first {
                window.isOpen(at: $0) != isOpen
            }
            let quick = window.nextChange(after: start)
            if let slow {
                #expect(quick == slow, "\(window) after \(words(start))")
            } else {
                #expect(quick.map { $0 > start + .days(14) } ?? true)
            }
        }
    }

    @Test func `a window says itself in words`() throws {
        let berlin = try ZoneDatabase.zone("Europe/Berlin")
        #expect(try window("Mon").description == "Mon 00:00-24:00 UTC")
        #expect(try window("Friday 08:00-18:00").description == "Fri 08:00-18:00 UTC")
        #expect(
            try window("mon-fri 09:00-17:00", "sat,sun 10:00-12:00", zone: berlin, except: ["2026-12-25"]).description
                == "Mon-Fri 09:00-17:00 and Sat,Sun 10:00-12:00 Europe/Berlin except 2026-12-25"
        )
        #expect(
            try window("Mon", dates: date("2026-11-10")...date("2026-11-12")).description
                == "Mon 00:00-24:00 UTC from 2026-11-10 to 2026-11-12"
        )
    }

    @Test(arguments: [
        "", "Mo", "Mon ", "Mon-", "Mon 9:00-17:00", "Mon 09:00", "Mon 24:00-02:00", "Mon 09:00-24:01",
        "Mon 09:60-10:00",
        "Mon-Tue-Wed", "Mon,,Tue", "Mon 09:00-17:00 UTC", "Mon  09:00-17:00", "Mon 0९:00-17:00",
    ])
    func `what is no span is refused`(text: String) {
        #expect(Window.Span(text) == nil)
    }

    @Test func `a window is stored in few words and read as it was`() throws {
        let berlin = try ZoneDatabase.zone("Europe/Berlin")
        let window = try window(
            "Mon-Fri 09:00-17:00",
            zone: berlin,
            except: ["2026-12-25", "2026-12-25", "2026-01-01"]
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let stored = try encoder.encode(window)
        #expect(
            String(decoding: stored, as: UTF8.self)
                == #"{"excluded":["2026-01-01","2026-12-25"],"spans":["Mon-Fri 09:00-17:00"],"#
                + #""zone":"Europe/Berlin CET-1CEST,M3.5.0,M10.5.0/3"}"#
        )
        #expect(try JSONDecoder().decode(Window.self, from: stored) == window)
    }
}
