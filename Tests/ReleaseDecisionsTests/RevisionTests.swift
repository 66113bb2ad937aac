import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct RevisionTests {
    @Test func `a revision rises with what is shown of its release and rests otherwise`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 2) }
        let started = fleet.start(Make.plan(Make.wave("one", ["a"], bake: .minutes(1))), version: "1")
        let id = try #require(started)
        var last = try #require(fleet.train.revision(of: id))
        func rises(_ fleet: Fleet) -> Bool {
            let revision = fleet.train.revision(of: id) ?? 0
            defer { last = revision }
            return revision > last
        }
        fleet.work()
        #expect(rises(fleet), "receipts")
        fleet.sample()
        #expect(rises(fleet), "samples")
        fleet.cut(Make.host("a", 1))
        #expect(rises(fleet), "a link")
        fleet.cut(Make.host("b", 1))
        fleet.tell(.makeJoinToken(tokenDigest: Make.digest("t"), region: Make.name("a"), lifetime: .hours(1)))
        #expect(!rises(fleet), "another region, a token")
        fleet.pass(.minutes(1))
        #expect(rises(fleet), "the end of its bake")
        #expect(fleet.train.revision(of: Make.name("none")) == nil)
    }

    @Test func `what people say beside a release is seen in it at once`() throws {
        var yard = Yard()
        yard.enrol("production")
        yard.push("1")
        var plan = Yard.plan(gates: [Yard.approval])
        plan.maturity = [
            MaturityLevel(
                name: "stable",
                predicate: Yard.name("quality"),
                conditions: [Condition(field: "coverage", comparison: .greaterOrEqual, value: "80")]
            )
        ]
        _ = yard.start(plan, "1")
        let id: ReleaseID = Yard.name("shop-1")
        let before = try #require(yard.train.revision(of: id))
        #expect(yard.train.view(of: id, at: yard.now)?.maturity == "")
        let attestation = Attestation(
            subject: .artifact(Yard.artifact("web", "1").digest),
            predicate: Yard.name("quality"),
            fields: ["coverage": "91"],
            note: "",
            about: yard.now
        )
        #expect(yard.tell(.attest(attestation)) == .success(.done))
        #expect(yard.train.view(of: id, at: yard.now)?.maturity == "stable")
        #expect(try #require(yard.train.revision(of: id)) > before)
    }

    @Test func `under anything that happens, a view changes only with its revision`() throws {
        for seed in Torture.seeds(8, torture: 80) {
            var run = Chaos(seed: seed)
            var shown: [ReleaseID: (revision: UInt64, view: ReleaseView)] = [:]
            var epoch: UInt64 = 0
            run.play { fleet in
                // Counted since the controller's start.
                if fleet.train.state.epoch != epoch { shown = [:] }
                epoch = fleet.train.state.epoch
                for id in fleet.train.state.releases.keys {
                    guard let revision = fleet.train.revision(of: id),
                        var view = fleet.train.view(of: id, at: fleet.now)
                    else { continue }
                    view.at = Instant(unix_ms: 0)
                    view.holds.removeAll { $0.kind == .noHealthData }
                    if let before = shown[id], before.revision == revision {
                        #expect(before.view == view, "seed \(seed)")
                    }
                    shown[id] = (revision, view)
                }
            }
        }
    }
}
