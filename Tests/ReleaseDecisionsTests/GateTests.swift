import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct GateTests {
    private func held(regionGate: Bool = true, quorum: Int = 1) -> (fleet: Fleet, id: ReleaseID?) {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let gate = Gate.approval(ApprovalRule(by: [.group(Make.name("on-call"))], quorum: quorum, notAuthor: true))
        let wave =
            regionGate
            ? Make.wave("one", ["a", "b"], oneByOne: true, regionGates: [gate])
            : Make.wave("one", ["a", "b"], gates: [gate])
        let id = fleet.start(Make.plan(wave), version: "1")
        return (fleet, id)
    }

    @Test func `no order leaves before the approval, and each region waits for its own`() throws {
        var (fleet, id) = held()
        let release = try #require(id)
        #expect(fleet.inbox.isEmpty)
        #expect(fleet.holds(id).map(\.subject) == ["production/one/a"])
        #expect(fleet.approve(release) == .success(.done))
        fleet.work()
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.version(Make.host("b", 1)) == nil)
        #expect(fleet.approve(release, "b") == .success(.done))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `the author, a stranger, and a region whose turn has not come are refused and recorded`() throws {
        var (fleet, id) = held()
        let release = try #require(id)
        let author = Actor(name: Make.ana.name, groups: [Make.name("on-call")])
        let stranger = Actor(name: Make.name("di"), groups: [Make.name("others")])
        for (actor, subject, code) in [
            (author, "a", Refusal.Code.notAllowed), (stranger, "a", .notAllowed), (Make.bo, "b", .nothingWaits),
        ] {
            guard case .failure(let refusal) = fleet.approve(release, subject, by: actor) else {
                Issue.record("\(actor.name) was let through")
                continue
            }
            #expect(refusal.code == code)
        }
        #expect(fleet.inbox.isEmpty)
        let refused = fleet.log.filter { if case .actRefused = $0.event { true } else { false } }
        #expect(refused.count == 3)
    }

    @Test func `a decision made on another digest does not count`() throws {
        var (fleet, id) = held()
        let release = try #require(id)
        let answer = fleet.tell(
            .decide(Decide(release, .approved, subject: "", releaseDigest: Make.digest("other"), reason: "")),
            by: Make.bo
        )
        guard case .failure(let refusal) = answer else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.code == .decidedOnOtherDigest)
        #expect(fleet.inbox.isEmpty)
    }

    @Test func `a quorum wants distinct people`() throws {
        var (fleet, id) = held(regionGate: false, quorum: 2)
        let release = try #require(id)
        #expect(fleet.approve(release) == .success(.done))
        #expect(fleet.approve(release) == .success(.alreadyDone))
        #expect(fleet.inbox.isEmpty)
        #expect(fleet.approve(release, by: Make.cy) == .success(.done))
        #expect(!fleet.inbox.isEmpty)
    }

    @Test func `a rejection ends the release`() throws {
        var (fleet, id) = held()
        let release = try #require(id)
        let digest = try #require(fleet.train.state.releases[release]?.releaseDigest)
        let word = Decide(release, .rejected, subject: "a", releaseDigest: digest, reason: "not today")
        fleet.tell(.decide(word), by: Make.bo)
        #expect(fleet.phase(id) == .ended(.rejected))
        #expect(fleet.inbox.isEmpty)
    }
}
