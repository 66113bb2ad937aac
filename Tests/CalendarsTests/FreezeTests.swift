import Calendars
import Testing
import TimeAndChance

@Suite struct FreezeTests {
    @Test func `a freeze holds from its first local minute up to its last`() throws {
        let freeze = Freeze(
            name: "year-end",
            from: try local("2026-12-18T17:00"),
            to: try local("2027-01-04T08:00"),
            zone: try ZoneDatabase.zone("Europe/Berlin"),
            reason: "books are closed"
        )
        #expect(try !freeze.isActive(at: utc("2026-12-18T15:59")))
        #expect(try freeze.isActive(at: utc("2026-12-18T16:00")))
        #expect(try freeze.isActive(at: utc("2027-01-04T06:59")))
        #expect(try !freeze.isActive(at: utc("2027-01-04T07:00")))
        #expect(words(freeze.ends) == "2027-01-04T07:00")
        #expect(
            freeze.description
                == "year-end (books are closed) from 2026-12-18T17:00 to 2027-01-04T08:00 Europe/Berlin"
        )
    }

    @Test func `a freeze that ends before it begins is never active`() throws {
        let freeze = Freeze(
            name: "x",
            from: try local("2026-12-18T17:00"),
            to: try local("2026-12-18T17:00"),
            zone: .utc,
            reason: "y"
        )
        #expect(!freeze.isActive(at: freeze.begins))
    }
}
