import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct PrerequisiteTests {
    private static let images = Given.held(
        by: .prerequisite(
            .finished(plan: Given.name("images"), stage: Given.name("production"), healthyFor: .hours(1))
        )
    )

    @Test func `a plan that another depends on must have ended there with the same version, and the hold names both`()
        throws
    {
        var station = Station("a")
        station.complete("images", "production", "images-3", Given.artifact("web", "0.9"))
        let id = try station.start(Self.images, "1").get()
        let hold = try #require(station.hold(id, .prerequisite))
        #expect(
            hold.unmet
                == "images/production must have ended well with the same versions: web 1 is missing there, while images-3 ended it with web 0.9"
        )
        #expect(hold.canAct.contains("whoever releases images"))
        station.complete("images", "production", "images-4", Given.artifact("web", "1"))
        station.pass(.minutes(1))
        station.tell(.pause(id, reason: ""))
        station.tell(.resume(id))
        #expect(station.hold(id, .prerequisite)?.unmet == "images/production must be healthy for 1h")
        #expect(station.started.isEmpty)
        station.pass(.minutes(59))
        #expect(station.started == ["a"])
    }

    @Test func `what only other artifacts speak of is compared by version`() throws {
        var station = Station("a")
        station.complete("images", "production", "images-4", Given.artifact("images", "1"))
        station.pass(.hours(2))
        _ = try station.start(Self.images, "1").get()
        #expect(station.started == ["a"])
    }

    private static let promoted = Given.held(
        by: .prerequisite(.sameVersionAs(plan: Given.name("web"), stage: Given.name("staging")))
    )

    @Test func `any other version than the tested one is refused at the start, with the tested one named`() throws {
        var station = Station("a")
        let untested = try #require(station.start(Self.promoted, "1").refusal)
        #expect(untested.sentence.contains("nothing has ended web/staging well yet, so web 1 is untested"))
        station.complete("web", "staging", "web-7", Given.artifact("web", "1"))
        let other = try #require(station.start(Self.promoted, "2").refusal)
        #expect(other.code == .conflict)
        #expect(other.sentence.contains("not web 2, while web-7 ended it with web 1"))
        #expect(station.train.state.releases.isEmpty)
        _ = try station.start(Self.promoted, "1").get()
        #expect(station.started == ["a"])
    }

    @Test func `a newer test while the release waits holds it`() throws {
        var station = Station("a")
        var plan = Self.promoted
        plan.stages[0].waves[0].gates.append(Given.approval())
        station.complete("web", "staging", "web-7", Given.artifact("web", "1"))
        let id = try station.start(plan, "1").get()
        station.complete("web", "staging", "web-8", Given.artifact("web", "2"))
        station.approve(id)
        #expect(station.started.isEmpty)
        #expect(station.hold(id, .prerequisite)?.unmet.contains("not web 1, while web-8 ended it with web 2") == true)
    }

    @Test func `a release waits until its own stage has been healthy for long enough`() throws {
        var station = Station("t", "a")
        let gate = Gate.prerequisite(.ownStage(Given.name("test"), healthyFor: .hours(24)))
        let plan = Given.plan([
            Stage(name: Given.name("test"), waves: [Given.wave("one", ["t"])]),
            Stage(name: Given.name("production"), waves: [Given.wave("all", ["a"], gates: [gate])]),
        ])
        let id = try station.start(plan).get()
        station.pass(.minutes(5))
        station.work()
        #expect(station.hold(id, .prerequisite)?.nextChange == Given.time("2026-11-17T09:05"))
        station.go(to: "2026-11-17T09:04")
        #expect(station.started == ["t"])
        station.go(to: "2026-11-17T09:05")
        #expect(station.started == ["t", "a"])
    }
}
