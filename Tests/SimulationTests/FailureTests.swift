import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// What a plan knows about failures, with hosts that fail as told.
struct FailureTests {
    private var plan: Plan {
        var plan = Make.plan(stages: [("production", [Make.wave("main", ["eu"]), Make.wave("next", ["us"])])])
        var gateway = FailureRule(
            name: "gateway",
            action: .retry(times_max: 5, pause: .seconds(10), pause_max: .minutes(2))
        )
        gateway.match.output = "BadGatewayConnection"
        var maybeFalse = FailureRule(name: "maybe-false", action: .verify)
        maybeFalse.match.output = "Are any of the pods older than 15 mins *: *true"
        plan.failures = [gateway, maybeFalse]
        return plan
    }

    private func run(_ change: (inout InjectedFailure) -> Void) throws -> (world: World, release: ReleaseID) {
        var failure = InjectedFailure(at: Place(region: Make.name("eu")))
        change(&failure)
        var options = World.Options(from: Make.friday)
        options.failures = [failure]
        var world = World([plan], options)
        let id = try world.start(plan, version: Make.version("2")).get()
        world.run(for: .days(1))
        #expect(world.violations.isEmpty)
        return (world, id)
    }

    @Test func `a failure that passes is tried again and then succeeds`() throws {
        let (world, id) = try run {
            $0.output = "error: BadGatewayConnection (502)"
            $0.times = 2
        }
        #expect(world.release(id)?.state == .completed)
        #expect(world.timeline.count { $0.kind == "retry_planned" } == 2)
    }

    @Test func `a false failure is verified and succeeds`() throws {
        let (world, id) = try run {
            $0.output = "Are any of the pods older than 15 mins : true"
            $0.isFalse = true
        }
        #expect(world.release(id)?.state == .completed)
        #expect(world.timeline.contains { $0.sentence.contains("taken for a success by rule maybe-false") })
    }

    @Test func `a real failure stops everything that would follow`() throws {
        let (world, id) = try run { $0.output = "Are any of the pods older than 15 mins : true" }
        #expect(world.release(id)?.state == .rolledBack)
        #expect(world.orders(to: Make.name("us")).isEmpty)
    }
}
