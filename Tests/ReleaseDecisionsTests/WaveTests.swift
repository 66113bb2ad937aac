import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct WaveTests {
    @Test func `a wave starts when every region of the one before is healthy, not earlier`() throws {
        var fleet = Fleet()
        for region in ["a", "b", "c"] { fleet.enrol(region, hosts: 1) }
        let id = fleet.start(Make.plan(Make.wave("one", ["a", "b"]), Make.wave("two", ["c"])), version: "1")
        #expect(Set(fleet.inbox.map(\.host.region.text)) == ["a", "b"])
        fleet.obey(fleet.inbox.removeFirst())
        #expect(fleet.inbox.allSatisfy { $0.host.region.text != "c" })
        fleet.work()
        #expect(fleet.version(Make.host("c", 1)) == "1")
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `regions that go one by one wait for the health of the region before`() {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let id = fleet.start(Make.plan(Make.wave("one", ["a", "b"], oneByOne: true, bake: .seconds(3))), version: "1")
        fleet.work()
        #expect(fleet.version(Make.host("b", 1)) == nil)
        fleet.bake(.seconds(3))
        fleet.work()
        #expect(fleet.version(Make.host("b", 1)) == "1")
        fleet.bake(.seconds(3))
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a region without hosts is never healthy and says so`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let id = fleet.start(Make.plan(Make.wave("one", ["a", "empty"]), Make.wave("two", ["a2"])), version: "1")
        fleet.work()
        #expect(fleet.phase(id) == .running)
        #expect(fleet.holds(id).map(\.kind) == [.noHosts])
        fleet.enrol("empty", hosts: 1)
        fleet.work()
        #expect(fleet.version(Make.host("empty", 1)) == "1")
    }

    @Test func `a bake without samples is inconclusive and holds the wave`() {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 2) }
        let id = fleet.start(
            Make.plan(Make.wave("one", ["a"], bake: .seconds(5)), Make.wave("two", ["b"])),
            version: "1"
        )
        fleet.work()
        fleet.pass(.seconds(60))
        #expect(fleet.phase(id) == .running)
        #expect(fleet.holds(id).map(\.kind) == [.noHealthData])
        #expect(fleet.version(Make.host("b", 1)) == nil)
        fleet.bake(.seconds(2))
        fleet.work()
        #expect(fleet.version(Make.host("b", 1)) == "1")
    }

    @Test func `a host that went silent during the bake keeps its region from being healthy`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"], bake: .seconds(5))), version: "1")
        fleet.work()
        fleet.bake(.seconds(3))
        fleet.cut(Make.host("a", 2))
        fleet.pass(.seconds(10))
        #expect(fleet.phase(id) == .running)
        fleet.connect(Make.host("a", 2))
        #expect(fleet.phase(id) == .running, "back, but nobody knows yet how it is")
        fleet.sample()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a region that is sick at the end of its bake is not healthy, however good its average`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"], bake: .minutes(10))), version: "1")
        fleet.work()
        fleet.bake(.seconds(598))
        fleet.sample { _, _ in true }
        fleet.pass(.seconds(5))
        #expect(fleet.phase(id) == .running)
        #expect(fleet.holds(id).map(\.kind) == [.noHealthData])
        fleet.sample()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a plan with a region in two stages is refused, because its second stage could never begin`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        #expect(fleet.start(Make.plan(Make.wave("one", ["a"]), Make.wave("two", ["a"])), version: "1") == nil)
    }

    @Test func `never more hosts are out of service than the plan allows`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 6)
        fleet.start(Make.plan(Make.wave("one", ["a"], batch: .count(4), unavailable: .count(2))), version: "1")
        #expect(fleet.inbox.count == 2)
        // A host that drops out for another reason takes up room as well.
        fleet.cut(Make.host("a", 6))
        fleet.obey(fleet.inbox.removeFirst())
        fleet.obey(fleet.inbox.removeFirst())
        #expect(fleet.inbox.count == 1)
    }

    @Test func `a release of regions and services that another release works on is refused`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let plan = Make.plan(Make.wave("one", ["a"]))
        let first = fleet.start(plan, version: "1")
        #expect(fleet.start(plan, version: "2") == nil)
        guard case .failure(let refusal) = fleet.lastAnswer else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.code == .conflict)
        fleet.work()
        #expect(fleet.phase(first) == .ended(.completed))
        #expect(fleet.start(plan, version: "2") != nil)
    }

    @Test func `a version that nobody pushed, and one pushed with other bytes, are refused`() {
        var fleet = Fleet()
        let artifact = Make.artifact(Make.name("web"), "1")
        #expect(fleet.tell(.pushArtifact(artifact, ArtifactSource())) == .success(.done))
        #expect(fleet.tell(.pushArtifact(artifact, ArtifactSource())) == .success(.alreadyDone))
        let other = Artifact(name: artifact.name, version: artifact.version, digest: Make.digest("x"), length_bytes: 10)
        guard case .failure(let refusal) = fleet.tell(.pushArtifact(other, ArtifactSource())) else {
            return #expect(Bool(false), "no refusal")
        }
        #expect(refusal.code == .conflict)
    }
}
