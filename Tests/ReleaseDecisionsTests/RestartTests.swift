@testable import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct RestartTests {
    @Test func `a controller that starts from its log goes on where it was, and every effect happens once`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"], batch: .count(2))), version: "1")
        fleet.obey(fleet.inbox.removeFirst())
        fleet = fleet.restarted()
        #expect(fleet.train.state.epoch == 2)
        for index in 1...3 { fleet.connect(Make.host("a", index)) }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.effects.values.allSatisfy { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func `an abort stops every order that has not been sent`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 4)
        let started = fleet.start(Make.plan(Make.wave("one", ["a"], batch: .count(1))), version: "1")
        let id = try #require(started)
        fleet.cut(Make.host("a", 1))
        fleet.tell(.abort(id, reason: "wrong version"))
        fleet.connect(Make.host("a", 1))
        #expect(fleet.inbox.isEmpty)
        fleet.pass(.hours(1))
        #expect(fleet.inbox.isEmpty)
    }

    @Test func `a pause holds orders back and a resume sends them`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let started = fleet.start(Make.plan(Make.wave("one", ["a"], batch: .count(1))), version: "1")
        let id = try #require(started)
        fleet.tell(.pause(id, reason: "lunch"))
        fleet.work()
        #expect(fleet.version(Make.host("a", 2)) == nil)
        #expect(fleet.holds(id).first?.kind == .paused)
        fleet.tell(.resume(id))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.effects.values.allSatisfy { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test func `an order nobody answered is sent again after its expiry, under the same name`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        let first = fleet.inbox.removeFirst().order
        fleet.now = first.expires
        fleet.give(.tick)
        let second = try #require(fleet.inbox.first).order
        #expect(second.id == first.id)
        #expect(second.sequence > first.sequence)
        #expect(second.expires > first.expires)
    }

    @Test func `samples of a baking region add no instants to wait for`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        fleet.start(Make.plan(Make.wave("one", ["a"], bake: .hours(1))), version: "1")
        fleet.work()
        let before = fleet.train.observed.deadlines.count
        fleet.bake(.seconds(100))
        #expect(fleet.train.observed.deadlines.count <= before)
    }

    @Test func `a revoked host does not come back with the token it has used`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.tell(.revokeHost(Make.host("a", 1), reason: "stolen"))
        #expect(!fleet.connected.contains(Make.host("a", 1)))
        let request = EnrolmentRequest(
            tokenDigest: Make.digest("token a 1"),
            host: Make.name("host-1"),
            publicKey: "key of token a 1"
        )
        fleet.give(.enrolment(request))
        guard case .failure(let refusal) = fleet.lastAnswer else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.code == .revoked)
    }

    @Test func `a join token makes one host, and the same key may ask again`() {
        var fleet = Fleet()
        let token = Make.digest("t")
        fleet.tell(.makeJoinToken(tokenDigest: token, region: Make.name("a"), lifetime: .minutes(10)))
        func enrol(_ host: String, _ key: String) -> Result<Accepted, Refusal>? {
            fleet.give(.enrolment(EnrolmentRequest(tokenDigest: token, host: Make.name(host), publicKey: key)))
            return fleet.lastAnswer
        }
        #expect(enrol("x", "k1") == .success(.enrolled(HostKey(region: Make.name("a"), host: Make.name("x")))))
        #expect(enrol("x", "k1") == .success(.enrolled(HostKey(region: Make.name("a"), host: Make.name("x")))))
        guard case .failure(let refusal) = enrol("y", "k2") else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.code == .tokenUsed)
    }
}
