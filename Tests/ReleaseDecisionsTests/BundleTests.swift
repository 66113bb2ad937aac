import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct BundleTests {
    private static let plan = Make.plan([Make.wave("wave-1", ["r1"])])

    /// Which versions of `web` are here.
    private static func here(_ fleet: Fleet) -> [String] {
        let state = fleet.train.state
        return state.artifacts.values.map(\.artifact).filter(state.isHere).map(\.version.text)
    }

    private static func push(_ numbers: ClosedRange<Int>, _ fleet: inout Fleet) {
        for number in numbers {
            fleet.tell(.pushArtifact(Make.artifact(Make.name("web"), "\(number)"), ArtifactSource()))
        }
    }

    @Test func `of bundles that nothing needs the newest stay, by count`() {
        var fleet = Fleet()
        Self.push(1...30, &fleet)
        fleet.give(.bundlesLookedAt(BundleRule(keep: 20)))
        #expect(Self.here(fleet) == (11...30).map(String.init))
        let again = fleet.give(.bundlesLookedAt(BundleRule(keep: 20)))
        #expect(again.events.isEmpty)
    }

    @Test func `of bundles that nothing needs as many stay as there is space for, and always the newest`() {
        var fleet = Fleet()
        Self.push(1...5, &fleet)
        // Each has 10 bytes, and the newest does not count.
        fleet.give(.bundlesLookedAt(BundleRule(keep: 20, space_bytes: 29)))
        #expect(Self.here(fleet) == ["3", "4", "5"])
        fleet.give(.bundlesLookedAt(BundleRule(keep: 20, space_bytes: 0)))
        #expect(Self.here(fleet) == ["5"])
    }

    @Test func `what runs, what it can go back to and what is under way stay, and what was before goes`() throws {
        var fleet = Fleet()
        fleet.enrol("r1", hosts: 1)
        for version in ["1", "2", "3"] {
            #expect(fleet.start(Self.plan, version: version) != nil)
            fleet.work()
        }
        Self.push(7...9, &fleet)
        let started = fleet.start(Self.plan, version: "4")
        let underWay = try #require(started)
        Self.push(10...10, &fleet)
        fleet.give(.bundlesLookedAt(BundleRule(keep: 1, space_bytes: 0)))
        #expect(Set(Self.here(fleet)) == ["3", "4", "10"])
        fleet.work()
        fleet.give(.bundlesLookedAt(BundleRule(keep: 1, space_bytes: 0)))
        #expect(Set(Self.here(fleet)) == ["3", "4", "10"])
        #expect(fleet.tell(.rollBack(underWay, reason: "")) == .success(.done))
        fleet.work()
        #expect(fleet.never.violations.isEmpty)
    }

    @Test func `a release of what is gone is refused until the same is pushed again, as the newest`() throws {
        var fleet = Fleet()
        fleet.enrol("r1", hosts: 1)
        Self.push(1...3, &fleet)
        fleet.give(.bundlesLookedAt(BundleRule(keep: 1)))
        let version = try #require(Version("1"))
        let request = StartRelease(
            plan: Self.plan,
            planDigest: Make.digest("plan"),
            planSourceDigest: Make.digest("source"),
            versions: [Make.name("web"): version],
            description: "a change"
        )
        let refused = fleet.tell(.start(request))
        #expect(refused?.objection?.contains("has been removed to make room") == true)
        // Once more it is done, and then it is there already.
        let artifact = Make.artifact(Make.name("web"), "1")
        #expect(fleet.tell(.pushArtifact(artifact, ArtifactSource())) == .success(.done))
        #expect(fleet.tell(.pushArtifact(artifact, ArtifactSource())) == .success(.alreadyDone))
        fleet.give(.bundlesLookedAt(BundleRule(keep: 1)))
        #expect(Self.here(fleet) == ["1"])
        #expect(fleet.tell(.start(request)) == .success(.started(Make.name("shop-1"))))
    }

    @Test func `bytes that two artifacts are made of stay as long as one of them does`() throws {
        var fleet = Fleet()
        let web = Make.artifact(Make.name("web"), "1")
        let same = Artifact(name: Make.name("api"), version: web.version, digest: web.digest, length_bytes: 10)
        for artifact in [web, same] { fleet.tell(.pushArtifact(artifact, ArtifactSource())) }
        Self.push(2...5, &fleet)
        fleet.give(.bundlesLookedAt(BundleRule(keep: 1, space_bytes: 0)))
        // The newest of `api`.
        #expect(fleet.train.state.isHere(same))
        #expect(Self.here(fleet) == ["1", "5", "1"] || Self.here(fleet) == ["1", "1", "5"])
    }
}
