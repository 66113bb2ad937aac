import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct AdHocTests {
    @Test func `after its time a stage returns to what the plan last put there`() {
        var (yard, plan) = trying()
        #expect(yard.version("dev") == "1")
        #expect(yard.tryOut(plan, "2", for: .hours(5))?.started == Yard.name("shop-2"))
        #expect(yard.version("dev") == "2")
        #expect(yard.version("production") == "1")
        yard.run(.hours(5) + Interval(ms: -1))
        #expect(yard.version("dev") == "2")
        yard.run(.milliseconds(1))
        #expect(yard.version("dev") == "1")
        #expect(yard.outcome("shop-2") == .expired)
    }

    @Test func `it ends also where the controller slept through its end`() {
        var (yard, plan) = trying()
        _ = yard.tryOut(plan, "2", for: .hours(5))
        yard.restart(at: "2026-11-21 12:00")
        yard.give(.linkOpened(HostKey(region: Yard.name("dev"), host: Yard.name("h1")), running: []))
        yard.run(.minutes(1))
        #expect(yard.version("dev") == "1")
        #expect(yard.outcome("shop-2") == .expired)
    }

    @Test func `it is not forgotten while many other releases come and go`() {
        var (yard, plan) = trying()
        _ = yard.tryOut(plan, "2", for: .hours(5))
        var other = Yard.plan("other", services: ["db"])
        other.notices = []
        for number in 1...60 {
            yard.push("\(number)", of: "db")
            #expect(yard.start(other, "\(number)")?.started != nil)
        }
        yard.run(.hours(5))
        #expect(yard.version("dev") == "1")
        let ends = yard.history { event in
            if case .releaseEnded(let end) = event, end.outcome == .expired { end.release.text } else { nil }
        }
        #expect(ends == ["2026-11-20T11:00 shop-2"])
    }

    @Test func `where something newer has been deployed since, nothing returns`() {
        var (yard, plan) = trying()
        _ = yard.tryOut(plan, "2", for: .hours(5))
        yard.push("3")
        #expect(yard.start(plan, "3")?.started == Yard.name("shop-3"))
        yard.run(.hours(6))
        #expect(yard.version("dev") == "3")
        #expect(yard.outcome("shop-2") == .expired)
    }

    @Test func `a stage that ran nothing before keeps what it has, and the end says so`() {
        var (yard, plan) = trying(deployed: false)
        _ = yard.tryOut(plan, "2", for: .hours(1))
        yard.run(.hours(1))
        #expect(yard.version("dev") == "2")
        #expect(yard.outcome("shop-1") == .expired)
        #expect(
            yard.release("shop-1")?.endReason
                == "its time was over at Fri 07:00 UTC; dev ran nothing before and stays as it is"
        )
    }

    @Test func `it is refused into other stages, by others, for longer, without a reason and on another`() {
        var (yard, plan) = trying()
        #expect(
            yard.tryOut(plan, "2", for: .hours(1), into: ["production"])?.objection
                == "plan shop allows ad hoc releases into dev, not into production"
        )
        #expect(
            yard.tryOut(plan, "2", for: .hours(1), by: "eve", [])?.objection
                == "eve may not start ad hoc releases of shop; who may: developers"
        )
        #expect(
            yard.tryOut(plan, "2", for: .days(3))?.objection == "an ad hoc release of shop may stand for 2d, not 3d"
        )
        #expect(
            yard.tryOut(plan, "2", for: .hours(1), because: " ")?.objection
                == "an ad hoc release needs a reason; say in its description what is tried"
        )
        #expect(
            yard.start(plan, "1") { $0.adHocStages = [Yard.name("dev")] }?.objection
                == "only an ad hoc release chooses its stages; say for how long it may stand"
        )
        #expect(yard.tryOut(plan, "2", for: .hours(1))?.started != nil)
        #expect(
            yard.tryOut(plan, "1", for: .hours(1))?.objection
                == "shop-2 stands in dev ad hoc until Fri 07:00 UTC; roll it back first"
        )
    }

    /// `shop` 1 in dev and production, 2 pushed from any branch.
    private func trying(deployed: Bool = true) -> (Yard, Plan) {
        var yard = Yard()
        yard.enrol("dev", "production")
        var plan = Yard.plan(stages: ["dev", "production"])
        plan.adHoc = AdHocRule(
            stages: [Yard.name("dev")],
            by: [.group(Yard.name("developers"))],
            lifetime_max: .days(2)
        )
        plan.artifacts.branchPatterns = ["main"]
        yard.push("1")
        if deployed { #expect(yard.start(plan, "1")?.started != nil) }
        yard.push("2", branch: "experiment")
        return (yard, plan)
    }
}

extension Yard {
    fileprivate mutating func tryOut(
        _ plan: Plan,
        _ version: String,
        for lifetime: Interval,
        into stages: [String] = [],
        by person: String = "dev-ana",
        _ groups: [String] = ["developers"],
        because reason: String = "trying a fix"
    ) -> Result<Accepted, Refusal>? {
        let digest = Self.digest(Array("\(plan)".utf8))
        var request = StartRelease(
            plan: plan,
            planDigest: digest,
            planSourceDigest: digest,
            versions: [Self.name("web"): Self.version(version)],
            description: reason
        )
        request.adHocFor = lifetime
        request.adHocStages = stages.map { Self.name($0) }
        return give(.command(.start(request), by: Self.actor(person, groups))).answer
    }
}
