import Calendars
import Foundation
import Testing
import TimeAndChance

@Suite struct RotationTests {
    private func rotation(
        _ people: [String],
        _ shift: String = "1w",
        overrides: [Rotation<String>.Override] = []
    ) throws -> Rotation<String> {
        Rotation(
            name: "release",
            people: people,
            shift: try #require(ShiftLength(shift)),
            start: try local("2026-03-20T17:00"),
            zone: try ZoneDatabase.zone("Europe/Berlin"),
            overrides: overrides
        )
    }

    @Test func `people take turns, handing over at the same local time over daylight saving`() throws {
        let rotation = try rotation(["ana", "bo", "cy"])
        #expect(try rotation.person(at: utc("2026-03-20T15:59")) == nil)
        #expect(try rotation.person(at: utc("2026-03-20T16:00")) == "ana")
        #expect(try rotation.person(at: utc("2026-03-27T16:00")) == "bo")
        #expect(try rotation.person(at: utc("2026-04-03T14:59")) == "bo")
        #expect(try rotation.person(at: utc("2026-04-03T15:00")) == "cy")
        #expect(try rotation.person(at: utc("2026-04-10T15:00")) == "ana")
        #expect(try words(rotation.nextHandOver(after: utc("2026-03-28T00:00"))) == "2026-04-03T15:00")
    }

    @Test func `the first hand-over is the first shift's beginning`() throws {
        let rotation = try rotation(["ana", "bo"], "1d")
        #expect(try words(rotation.nextHandOver(after: utc("2026-01-01T00:00"))) == "2026-03-20T16:00")
        #expect(try rotation.shift(at: utc("2026-01-01T00:00")) == nil)
    }

    @Test func `a shift that has begun after midnight lasts when clocks go back over it`() throws {
        let rotation = Rotation(
            name: "release",
            people: ["ana", "bo"],
            shift: try #require(ShiftLength(days: 1)),
            start: try local("2026-10-24T00:10"),
            zone: try zoneBackOverMidnight()
        )
        #expect(try rotation.person(at: utc("2026-10-24T22:09")) == "ana")
        for time in ["2026-10-24T22:10", "2026-10-24T22:30", "2026-10-24T22:45", "2026-10-24T23:30"] {
            #expect(try rotation.person(at: utc(time)) == "bo")
            #expect(try words(rotation.nextHandOver(after: utc(time))) == "2026-10-25T23:10")
        }
    }

    @Test func `an override holds for its time, the last listed over the others`() throws {
        var rotation = try rotation(["ana", "bo"])
        rotation.overrides = [
            .init(person: "dee", from: try utc("2026-03-22T00:00"), to: try utc("2026-03-24T00:00")),
            .init(person: "eli", from: try utc("2026-03-23T00:00"), to: try utc("2026-03-23T12:00")),
        ]
        let turns = [
            "2026-03-21T00:00", "2026-03-22T00:00", "2026-03-23T00:00", "2026-03-23T12:00", "2026-03-24T00:00",
        ]
        #expect(try turns.map { rotation.person(at: try utc($0)) } == ["ana", "dee", "eli", "dee", "ana"])
        var instant = try utc(turns[0])
        for turn in turns.dropFirst() + ["2026-03-27T16:00"] {
            instant = try #require(rotation.nextHandOver(after: instant))
            #expect(words(instant) == turn)
        }
    }

    @Test func `an override by the same person, and one over a whole shift, are no hand-over`() throws {
        let rotation = try rotation(
            ["ana", "bo"],
            overrides: [
                .init(person: "ana", from: try utc("2026-03-21T00:00"), to: try utc("2026-04-05T00:00"))
            ]
        )
        let shift = try #require(rotation.shift(at: try utc("2026-03-21T00:00")))
        #expect(shift.person == "ana")
        #expect(words(shift.until) == "2026-04-10T15:00")
    }

    @Test func `one person alone never hands over`() throws {
        let shift = try #require(try rotation(["ana"], "1d").shift(at: try utc("2026-04-01T00:00")))
        #expect(shift.person == "ana" && shift.until == nil)
        #expect(try rotation([]).person(at: utc("2026-04-01T00:00")) == nil)
    }

    @Test func `far instants have a person and end the search`() throws {
        let rotation = try rotation(["ana", "bo"])
        #expect(rotation.person(at: .distantFuture) != nil)
        #expect(rotation.person(at: Instant(unix_ms: .min)) == nil)
        #expect(rotation.nextHandOver(after: .distantFuture) == nil)
        #expect(rotation.nextHandOver(after: Instant(unix_ms: .min)) == nil)
    }

    @Test(arguments: ["1d", "2d", "1w", "3w"]) func `each shift ends where the next begins`(length: String) throws {
        let people = ["ana", "bo", "cy"]
        let rotation = try rotation(people, length)
        var instant = try utc("2026-03-20T16:00")
        for index in 0..<300 {
            #expect(rotation.person(at: instant) == people[index % 3])
            #expect(rotation.zone.local(at: instant).time == rotation.start.time)
            let next = try #require(rotation.nextHandOver(after: instant))
            #expect(rotation.person(at: next - .milliseconds(1)) == people[index % 3])
            instant = next
        }
    }

    @Test func `a rotation is stored in few words and read as it was`() throws {
        let rotation = try rotation(["ana", "bo"], "2w")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let stored = try encoder.encode(rotation)
        #expect(
            String(decoding: stored, as: UTF8.self)
                == #"{"name":"release","overrides":[],"people":["ana","bo"],"shift":"2w","start":"2026-03-20T17:00","#
                + #""zone":"Europe/Berlin CET-1CEST,M3.5.0,M10.5.0/3"}"#
        )
        #expect(try JSONDecoder().decode(Rotation<String>.self, from: stored) == rotation)
        #expect(rotation.description == "release: a new person every 2w from 2026-03-20T17:00 Europe/Berlin")
    }

    @Test(arguments: ["", "d", "0d", "367d", "53w", "1", "1m", "-1d", "01.d", "1000d"])
    func `what is no length of a shift is refused`(text: String) {
        #expect(ShiftLength(text) == nil)
    }
}
