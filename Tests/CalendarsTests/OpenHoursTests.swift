import Calendars
import Testing
import TimeAndChance

@Suite struct OpenHoursTests {
    @Test func `it is open while every window is, and no freeze is active`() throws {
        let freeze = Freeze(
            name: "books",
            from: try local("2026-11-23T10:00"),
            to: try local("2026-11-23T11:00"),
            zone: .utc,
            reason: "they are closed"
        )
        let hours = OpenHours(
            [try window("Mon-Fri 08:00-12:00"), try window("Mon,Wed 09:00-18:00")],
            except: [freeze],
            from: try utc("2026-11-20T00:00")
        )
        var pieces: [String] = []
        var instant = try utc("2026-11-20T09:00")
        for _ in 0..<3 {
            let piece = try #require(hours.next(at: instant))
            pieces.append("\(words(piece.lowerBound)) \(words(piece.upperBound))")
            instant = piece.upperBound
        }
        #expect(
            pieces == [
                "2026-11-23T09:00 2026-11-23T10:00", "2026-11-23T11:00 2026-11-23T12:00",
                "2026-11-25T09:00 2026-11-25T12:00",
            ]
        )
        #expect(try hours.contains(utc("2026-11-23T11:00")))
        #expect(try !hours.contains(utc("2026-11-23T10:30")))
        #expect(try words(hours.opening(of: utc("2026-11-23T11:30"))) == "2026-11-23T11:00")
        #expect(try hours.opening(of: utc("2026-11-23T10:30")) == nil)
    }

    @Test func `lengths count what is open, from the beginning on`() throws {
        let hours = OpenHours([try window("Mon-Fri 09:00-17:00")], from: try utc("2026-11-23T15:00"))
        #expect(words(hours.end(of: .hours(2))) == "2026-11-23T17:00")
        #expect(words(hours.end(of: .hours(3))) == "2026-11-24T10:00")
        #expect(words(hours.end(of: .hours(2 + 4 * 8 + 1))) == "2026-11-30T10:00")
        #expect(try hours.length(until: utc("2026-11-30T10:00")) == .hours(2 + 4 * 8 + 1))
        #expect(try hours.length(until: utc("2026-11-23T08:00")) == .zero)
    }

    @Test func `without windows it is open from its beginning on, for ever`() throws {
        let hours = OpenHours(from: try utc("2026-11-23T15:00"))
        #expect(try !hours.contains(utc("2026-11-23T14:59")))
        #expect(words(hours.next(at: try utc("2026-11-20T00:00"))?.lowerBound) == "2026-11-23T15:00")
        #expect(words(hours.end(of: .days(90))) == "2027-02-21T15:00")
        #expect(try hours.length(until: utc("2026-11-23T16:00")) == .hours(1))
    }

    @Test func `windows that never meet never open`() throws {
        let hours = OpenHours([try window("Mon"), try window("Tue")], from: try utc("2026-11-23T15:00"))
        #expect(hours.next(at: hours.from) == nil)
        #expect(hours.end(of: .hours(1)) == nil)
        #expect(OpenHours([try window("Mon-Sun")], from: hours.from).end(of: .days(400)) != nil)
    }
}
