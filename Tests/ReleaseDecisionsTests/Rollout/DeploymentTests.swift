import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// What is written down of what ran where.
@Suite struct DeploymentTests {
    private func tagged() -> Plan {
        var plan = Make.plan(Make.wave("one", ["a", "b"]))
        plan.tags = [
            TrainModel.Tag(key: "cutoff_date", value: "20261201"), TrainModel.Tag(key: "team", value: "plan"),
        ]
        plan.stages[0].waves[0].tags = [TrainModel.Tag(key: "team", value: "wave")]
        plan.services[0].tags = [TrainModel.Tag(key: "endpoint", value: "be-{region}-{service}")]
        return plan
    }

    private func record(_ fleet: Fleet, _ region: String) -> DeploymentRecord? {
        fleet.train.state.deployments.endpoints(in: Make.name(region)).first?.current
    }

    @Test func `a healthy region is recorded with its tags, the closer one over the wider`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        fleet.start(tagged(), version: "1") { $0.tags = [TrainModel.Tag(key: "team", value: "release")] }
        fleet.work()
        let first = try #require(record(fleet, "a"))
        #expect(first.artifact.version.text == "1")
        #expect(first.previous == nil)
        #expect(
            first.tags.map { "\($0.key)=\($0.value)" } == ["cutoff_date=20261201", "endpoint=be-a-web", "team=release"]
        )
        fleet.pass(.hours(1))
        fleet.start(tagged(), version: "2")
        fleet.work()
        let second = try #require(record(fleet, "a"))
        #expect(second.artifact.version.text == "2")
        #expect(second.previous?.text == "1")
        #expect(second.tags.contains(TrainModel.Tag(key: "team", value: "wave")))
        let before = fleet.train.state.deployments.endpoints(in: Make.name("a")).first?.before
        #expect(before?.map(\.until) == [second.at])
    }

    @Test func `what returns is recorded as running again, with the tags it had`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        fleet.start(tagged(), version: "1") { $0.tags = [TrainModel.Tag(key: "ticket", value: "T-1")] }
        fleet.work()
        let started = fleet.start(tagged(), version: "2")
        fleet.work()
        fleet.tell(.rollBackPart(try #require(started), regions: [Make.name("a")], services: [], hosts: [], reason: ""))
        fleet.work()
        let current = try #require(record(fleet, "a"))
        #expect(current.artifact.version.text == "1")
        #expect(current.previous?.text == "2")
        #expect(current.tags.contains(TrainModel.Tag(key: "ticket", value: "T-1")))
        #expect(record(fleet, "b")?.artifact.version.text == "2")
    }

    @Test func `a stage is completed when its last wave is promoted, and no more once it is gone`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let plan = Make.plan(Make.wave("one", ["a"]), Make.wave("two", ["b"]))
        fleet.start(plan, version: "1")
        fleet.obey(fleet.inbox.removeFirst())
        let completions = { (fleet: Fleet) in
            fleet.train.state.deployments.completions.values.joined().map(\.release.text)
        }
        #expect(completions(fleet).isEmpty, "the second wave is not in place")
        fleet.work()
        let started = fleet.start(plan, version: "2")
        fleet.work()
        #expect(completions(fleet) == ["shop-1", "shop-2"])
        fleet.tell(.rollBackPart(try #require(started), regions: [Make.name("a")], services: [], hosts: [], reason: ""))
        fleet.work()
        #expect(completions(fleet) == ["shop-1", "shop-2"], "b still runs it")
        fleet.tell(.rollBackPart(try #require(started), regions: [Make.name("b")], services: [], hosts: [], reason: ""))
        fleet.work()
        #expect(completions(fleet) == ["shop-1"])
    }
}
