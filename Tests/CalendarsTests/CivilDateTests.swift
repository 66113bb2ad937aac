import Calendars
import Testing

@Suite struct CivilDateTests {
    @Test func `days follow each other by the rules of the Gregorian calendar`() throws {
        var last = try date("1899-12-31")
        var weekday = try #require(Weekday.allCases.firstIndex(of: last.weekday))
        while last.year < 2101 {
            let next = last.adding(days: 1)
            weekday = (weekday + 1) % 7
            let isSameMonth = next.year == last.year && next.month == last.month && next.day == last.day + 1
            let isNextMonth = next.day == 1 && (next.month == last.month + 1 || next.month == 1 && last.month == 12)
            let hasDayAfter = CivilDate(year: last.year, month: last.month, day: last.day + 1) != nil
            guard isSameMonth && hasDayAfter || isNextMonth && !hasDayAfter, next.weekday == Weekday.allCases[weekday],
                CivilDate(year: next.year, month: next.month, day: next.day) == next, last < next
            else {
                Issue.record("\(next) after \(last)")
                return
            }
            last = next
        }
        #expect(try date("2026-11-20").weekday == .friday)
        #expect(try date("2000-02-29").adding(days: 366) == date("2001-03-01"))
    }

    @Test func `dates saturate at the years 1 and 9999`() throws {
        #expect(try CivilDate(epochDay: .max) == (date("9999-12-31")))
        #expect(try CivilDate(epochDay: .min) == (date("0001-01-01")))
        #expect(try date("9999-12-31").adding(days: .max) == date("9999-12-31"))
        #expect(try date("0001-01-01").adding(days: .min) == date("0001-01-01"))
        #expect(try date("0001-01-01").epochDay == -719_162)
    }

    @Test(arguments: [
        "", "2026-2-01", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "26-01-01",
        "0000-01-01", "2026-01-01 ", "+026-01-01", "2026-01-01-01", "２０２６-01-01",
    ])
    func `what is no date is refused`(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test(arguments: ["", "24:01", "9:00", "09:0", "09:60", "09-00", "-1:00", "09:00:00"])
    func `what is no time of day is refused`(text: String) {
        #expect(TimeOfDay(text) == nil)
        #expect(LocalTime("2026-01-01T\(text)") == nil)
    }

    @Test func `values are written as they are read`() throws {
        for text in ["2026-11-20", "0001-01-01", "9999-12-31"] { #expect(CivilDate(text)?.description == text) }
        for text in ["00:00", "09:05", "24:00"] { #expect(TimeOfDay(text)?.description == text) }
        #expect(LocalTime("2026-11-20 09:00")?.description == "2026-11-20T09:00")
        #expect(Weekday("MONDAY") == .monday && Weekday("sun") == .sunday && Weekday("mond") == nil)
    }

    @Test(
        arguments: [
            ("Mon", "Mon"), ("mon-fri", "Mon-Fri"), ("Sat,Sun", "Sat,Sun"), ("Sat-Mon", "Mon,Sat,Sun"),
            ("Fri,Mon,Wed,Tue", "Mon-Wed,Fri"), ("Mon-Sun", "Mon-Sun"),
        ] as [(String, String)]
    )
    func `days of the week are written from Monday on`(text: String, written: String) throws {
        #expect(try #require(Weekdays(text)).description == written)
    }
}
