import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

struct WorldTests {
    private func options(_ change: (inout World.Options) -> Void = { _ in }) -> World.Options {
        var options = World.Options(from: Make.friday)
        change(&options)
        return options
    }

    private func started(_ plan: Plan, _ options: World.Options) throws -> (World, ReleaseID) {
        var world = World([plan], options)
        let id = try world.start(plan, version: Make.version("2")).get()
        return (world, id)
    }

    private let twoWaves = Make.plan(stages: [
        ("test", [Make.wave("test", ["int"])]),
        ("production", [Make.wave("first", ["eu"], gates: [Make.approval("leads", quorum: 2)])]),
    ])

    @Test func `a release goes through its waves when everybody acts as asked`() throws {
        var (world, id) = try started(twoWaves, options())
        world.run(for: .hours(4))
        #expect(world.release(id)?.state == .completed)
        #expect(world.versions(of: Make.name("web"), in: Make.name("eu")).values.allSatisfy { $0.text == "2" })
        #expect(world.violations.isEmpty)
    }

    @Test func `people answer so long after a hold has appeared`() throws {
        var (world, id) = try started(twoWaves, options { $0.people.answerAfter = .minutes(7) ... .minutes(7) })
        world.run(for: .hours(4))
        let wait = try #require(world.waits.first { $0.kind == .approval && $0.release == id })
        #expect(wait.length(by: world.now) == .minutes(7))
        #expect(wait.by.count == 2)
    }

    @Test func `absent people keep a release waiting`() throws {
        let absent = options { $0.people.absent = [Make.name("leads-2"), Make.name("leads-3")] }
        var (world, id) = try started(twoWaves, absent)
        world.run(for: .days(2))
        #expect(world.release(id)?.state == .running)
        #expect(world.holds(of: id).map(\.kind) == [.approval])
        #expect(world.orders(to: Make.name("eu")).isEmpty)
    }

    @Test func `a silent host holds its region until it is back`() throws {
        let host = Make.host("int", 2)
        let back = Make.friday + .hours(3)
        var (world, id) = try started(
            twoWaves,
            options { $0.silences = [Silence(of: host, from: nil, until: back)] }
        )
        world.run(until: back - .minutes(1))
        #expect(!world.holds(of: id).isEmpty)
        #expect(world.versions(of: Make.name("web"), in: Make.name("int"))[host.host]?.text == "before")
        world.run(for: .hours(4))
        #expect(world.release(id)?.state == .completed)
        #expect(world.violations.isEmpty)
    }

    @Test func `what turns ill under bake returns to what ran before`() throws {
        let ill = Illness(at: Place(region: Make.name("eu")), after: .minutes(5))
        var (world, id) = try started(twoWaves, options { $0.illnesses = [ill] })
        world.run(for: .hours(6))
        #expect(world.release(id)?.state == .rolledBack)
        #expect(world.versions(of: Make.name("web"), in: Make.name("eu")).values.allSatisfy { $0.text == "before" })
        #expect(world.versions(of: Make.name("web"), in: Make.name("int")).values.allSatisfy { $0.text == "2" })
        #expect(world.violations.isEmpty)
    }

    @Test func `an injected failure is told in the words of the host`() throws {
        var failure = InjectedFailure(at: Place(region: Make.name("eu"), service: Make.name("web")))
        failure.output = "disk full"
        var (world, _) = try started(twoWaves, options { $0.failures = [failure] })
        world.run(for: .hours(6))
        #expect(
            world.timeline.contains {
                $0.sentence.contains("failed at install: the install hook ended with exit status 1")
            }
        )
    }

    @Test func `a region without hosts is waited for by name`() throws {
        var (world, id) = try started(twoWaves, options { $0.hosts = [Make.name("eu"): 0] })
        world.run(for: .days(1))
        #expect(world.holds(of: id).map(\.kind) == [.noHosts])
    }

    @Test func `a slow region takes so many times as long`() throws {
        func length(_ factor: Int) throws -> Interval {
            var (world, _) = try started(
                twoWaves,
                options {
                    $0.slowness = [Make.name("int"): factor]
                    $0.work = .seconds(60) ... .seconds(60)
                }
            )
            world.run(for: .hours(4))
            let begun = try #require(world.timeline.first { $0.kind == "region_started" })
            let bakes = try #require(world.timeline.first { $0.kind == "bake_started" })
            return bakes.at - begun.at
        }
        #expect(try length(3) > .seconds(540))
        #expect(try length(1) < .seconds(190))
    }

    @Test func `a controller that restarts goes on from the log alone`() throws {
        var (world, id) = try started(twoWaves, options())
        for _ in 0..<40 {
            world.run(for: .minutes(6))
            world.restartController()
        }
        #expect(world.release(id)?.state == .completed)
        #expect(world.violations.isEmpty)
    }

    @Test func `an abort stops every order that has not left`() throws {
        var (world, id) = try started(twoWaves, options())
        world.run(for: .minutes(1))
        _ = world.act(.abort(id, reason: "enough"), as: Make.name("ana"))
        let count = world.sent.count
        world.run(for: .days(1))
        #expect(world.sent.count == count)
        #expect(world.violations.isEmpty)
    }
}
