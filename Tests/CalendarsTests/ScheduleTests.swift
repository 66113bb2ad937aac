import Calendars
import Testing
import TimeAndChance

@Suite struct ScheduleTests {
    private func schedule(_ days: String, _ time: String, _ zone: String, except: [String] = []) throws -> Schedule {
        Schedule(
            try #require(Weekdays(days)),
            at: try #require(TimeOfDay(time)),
            zone: try ZoneDatabase.zone(zone),
            excluding: try except.map { try date($0) }
        )
    }

    @Test func `the next occurrence is later than now, on a listed day that is no holiday`() throws {
        let daily = try schedule("Mon-Fri", "17:00", "Asia/Kolkata", except: ["2026-11-24"])
        #expect(try words(daily.next(after: utc("2026-11-20T11:29"))) == "2026-11-20T11:30")
        #expect(try words(daily.next(after: utc("2026-11-20T11:30"))) == "2026-11-23T11:30")
        #expect(try words(daily.next(after: utc("2026-11-23T11:30"))) == "2026-11-25T11:30")
        #expect(daily.description == "Mon-Fri 17:00 Asia/Kolkata except 2026-11-24")
    }

    @Test func `over daylight saving it keeps the local time, once a day`() throws {
        let nightly = try schedule("Mon-Sun", "02:30", "Europe/Berlin")
        let spring = nightly.occurrences(from: try utc("2026-03-28T00:00"), to: try utc("2026-03-31T00:00"))
        #expect(spring.map(words) == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"])
        let autumn = nightly.occurrences(from: try utc("2026-10-24T00:00"), to: try utc("2026-10-26T12:00"))
        #expect(autumn.map(words) == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"])
    }

    @Test func `occurrences include the first instant and leave out the last`() throws {
        let weekly = try schedule("Fri", "09:00", "UTC")
        let (first, last) = (try utc("2026-11-20T09:00"), try utc("2026-12-04T09:00"))
        #expect(weekly.occurrences(from: first, to: last).map(words) == ["2026-11-20T09:00", "2026-11-27T09:00"])
        #expect(weekly.occurrences(from: last, to: first).isEmpty)
        #expect(weekly.occurrences(from: Instant(unix_ms: .min), to: .distantFuture).count == Schedule.occurrences_max)
    }

    @Test func `the end of a day is the last instant of it that can be waited for`() throws {
        let weekly = try schedule("Fri", "24:00", "America/New_York")
        #expect(try words(weekly.next(after: utc("2026-11-21T04:59"))) == "2026-11-21T05:00")
        #expect(try words(weekly.next(after: utc("2026-11-21T05:00"))) == "2026-11-28T05:00")
    }

    @Test func `a schedule without days has no occurrence`() throws {
        let never = Schedule(Weekdays([]), at: .midnight, zone: .utc)
        #expect(try never.next(after: utc("2026-11-20T09:00")) == nil)
        #expect(try schedule("Mon-Sun", "09:00", "UTC").next(after: .distantFuture) == nil)
    }
}
