import Calendars
import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// What people see of windows before they hold anything.
@Suite struct WindowViewTests {
    @Test func `a wave to come says when it opens, the one in hand when it closes, and one that is over nothing`()
        throws
    {
        var station = Station("a", "b")
        let plan = Given.plan(
            Given.wave("one", ["a"], gates: [.window(Given.window("Mon 14:00-18:00"))]),
            Given.wave("two", ["b"], gates: [.window(Given.window("Wed")), .window(Given.window("Wed 09:00-12:00"))])
        )
        let id = try station.start(plan).get()
        let before = try #require(station.train.view(of: id, at: station.now))
        #expect(before.waves.map(\.window?.words) == ["opens Mon 14:00 UTC", "opens Wed 09:00 UTC"])
        #expect(before.waves.map(\.window?.isOpen) == [false, false])
        station.go(to: "2026-11-16T15:00")
        let during = try #require(station.train.view(of: id, at: station.now))
        #expect(during.waves.map(\.window?.words) == ["closes Mon 18:00 UTC", "opens Wed 09:00 UTC"])
        #expect(during.waves[0].window?.changes == Given.time("2026-11-16T18:00"))
        station.work()
        station.go(to: "2026-11-17T10:00")
        let after = try #require(station.train.view(of: id, at: station.now))
        #expect(after.waves[0].state == .promoted)
        #expect(after.waves[0].window == nil)
        #expect(after.waves[0].regions[0].baked != nil)
        #expect(after.waves[0].regions[0].services == plan.services.map(\.name))
        #expect(after.waves[1].window?.words == "opens Wed 09:00 UTC")
    }

    @Test func `without windows, and in a lane that ignores them, nothing is said of any`() throws {
        var station = Station("a")
        var plan = Given.held(by: .window(Given.window("Fri")))
        plan.lanes = [Given.hotfix]
        let id = try station.start(plan, by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        #expect(station.train.view(of: id, at: station.now)?.waves.map(\.window) == [nil])
    }
}
