import Calendars
import Testing

@Suite struct CivilDateTests {
    @Test func `every day from 1600 to 2400 follows the one before by the rules of the Gregorian calendar`() throws {
        var date = try #require(CivilDate("1600-01-01"))
        for _ in 0..<292_000 {
            let next = date.adding(days: 1)
            if next.month == date.month {
                #expect(next.year == date.year && next.day == date.day + 1)
            } else {
                #expect(
                    next.day == 1 && (next.month == date.month + 1 || next.month == 1 && next.year == date.year + 1)
                )
                #expect(CivilDate(year: date.year, month: date.month, day: date.day + 1) == nil)
            }
            #expect(CivilDate(year: next.year, month: next.month, day: next.day) == next)
            date = next
        }
    }
}
