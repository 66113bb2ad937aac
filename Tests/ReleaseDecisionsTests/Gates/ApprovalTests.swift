import OrderedCollections
import Calendars
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct ApprovalTests {
    private static func oncall(_ change: (inout ApprovalRule) -> Void = { _ in }) -> Gate {
        Given.approval {
            $0.by = [.oncall(Given.name("release"))]
            change(&$0)
        }
    }

    private static func planOncall(_ wave: Wave) -> Plan {
        var plan = Given.plan(wave)
        plan.rotations = [Given.name("release"): Given.rotation]
        return plan
    }

    @Test func `whoever is on call at the moment of the act may approve, and the refusal of anybody else names them`()
        throws
    {
        var station = Station("a", "b")
        let wave = Given.wave("one", ["a", "b"], regionGates: [Self.oncall()], atOnce: 1)
        let id = try station.start(Self.planOncall(wave)).get()
        #expect(
            station.hold(id, .approval)?.canAct.hasPrefix("release on call: ana until Fri 17:00 UTC, then bo") == true
        )
        let refusal = try #require(station.approve(id, by: Given.bo)?.refusal)
        #expect(refusal.code == .notAllowed)
        #expect(refusal.sentence.contains("bo may not decide here; who may: release on call: ana until Fri 17:00 UTC"))
        #expect(station.approve(id, "a", by: Given.ana) == .success(.done))
        station.work()
        station.go(to: "2026-11-20T17:00")
        #expect(station.approve(id, "b", by: Given.ana)?.refusal?.code == .notAllowed)
        #expect(station.approve(id, "b", by: Given.bo) == .success(.done))
        station.work()
        #expect(station.phase(id) == .ended(.completed))
    }

    @Test func `an override puts somebody else on call for its time`() throws {
        var station = Station("a")
        let id = try station.start(Self.planOncall(Given.wave("one", ["a"], gates: [Self.oncall()]))).get()
        let from = Given.time("2026-11-16T12:00")
        station.tell(
            .overrideOncall(
                Given.name("release"),
                Given.name("cy"),
                from: from,
                to: from + .hours(2),
                reason: "dentist"
            )
        )
        guard !station.train.state.schedule.oncallOverrides.isEmpty else { return }
        station.go(to: from)
        #expect(station.hold(id, .approval)?.canAct.contains("cy until Mon 14:00 UTC, then ana") == true)
        #expect(station.approve(id, by: Given.ana)?.refusal?.code == .notAllowed)
        #expect(station.approve(id, by: Given.cy) == .success(.done))
    }

    @Test func `validation and approval are two acts, and one does not stand for the other`() throws {
        var station = Station("a", "b")
        let gates = [Given.approval { $0.act = .validation }, Given.approval()]
        let id = try station.start(Given.plan(Given.wave("one", ["a", "b"], gates: gates))).get()
        #expect(Set(station.holds(id).map(\.kind)) == [.approval, .validation])
        #expect(station.approve(id) == .success(.done))
        #expect(station.holds(id).map(\.kind) == [.validation])
        let refusal = try #require(station.approve(id, by: Given.cy)?.refusal)
        #expect(refusal.sentence.contains("waits for an act of validation, not of approval"))
        #expect(station.inbox.isEmpty)
        #expect(station.approve(id, act: .validation) == .success(.done))
        #expect(station.inbox.count == 2)
        let acts = station.events.compactMap { if case .gateDecided(let event) = $0 { event.gate.index } else { nil } }
        #expect(acts == [1, 0])
    }

    @Test func `an approval needs every point of the checklist, and the refusal names the missing one`() throws {
        var station = Station("a")
        let gate = Given.approval {
            $0.checklist = ["metrics reviewed", "cut-off date right"]
            $0.instructions = "read the report"
        }
        let id = try station.start(Given.held(by: gate)).get()
        let missing = try #require(station.approve(id, ticked: ["metrics reviewed"])?.refusal)
        #expect(missing.sentence.contains("not ticked: \"cut-off date right\""))
        let stranger = station.approve(id, ticked: ["metrics reviewed", "cut-off date right", "all good"])?.refusal
        #expect(stranger?.sentence.contains("\"all good\" is no point of the checklist") == true)
        #expect(station.inbox.isEmpty)
        #expect(station.approve(id, ticked: ["cut-off date right", "metrics reviewed"]) == .success(.done))
        #expect(!station.inbox.isEmpty)
    }

    @Test func `without a decision within 1,440 minutes the release is rejected, with the reason`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval { $0.timeout = .minutes(1_440) })).get()
        #expect(station.hold(id, .approval)?.nextChange == Given.time("2026-11-17T09:00"))
        station.pass(.minutes(1_439))
        #expect(station.phase(id) == .running)
        station.pass(.minutes(1))
        #expect(station.phase(id) == .ended(.rejected))
        #expect(station.reason(id) == "no approval of production/one within 1d")
        #expect(station.sent.isEmpty)
    }

    @Test func `a decision that comes at the time limit is too late, though nothing has woken since`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval { $0.timeout = .hours(1) })).get()
        let late = station.train.handle(
            .command(
                .decide(Decide(id, .approved, subject: "", releaseDigest: station.digest(id), reason: "")),
                by: Given.bo
            ),
            at: station.now + .hours(1)
        )
        #expect(late.answer?.refusal?.code == .conflict)
    }

    @Test func `two people make a quorum of two, one person twice does not, and the author never counts`() throws {
        var station = Station("a")
        let gate = Given.approval {
            $0.quorum = 2
            $0.notAuthor = true
        }
        let author = Given.actor("ana", "on-call")
        let id = try station.start(Given.held(by: gate), by: author).get()
        #expect(station.approve(id, by: author)?.refusal?.sentence.contains("somebody else") == true)
        #expect(station.approve(id) == .success(.done))
        #expect(station.approve(id) == .success(.alreadyDone))
        #expect(station.hold(id, .approval)?.unmet == "approval by 2 of on-call, not ana; have bo")
        #expect(station.approve(id, by: Given.cy) == .success(.done))
        #expect(!station.inbox.isEmpty)
    }

    @Test func `a grant is over after its time, and whatever has not started needs another`() throws {
        var station = Station("a", "b")
        let gate = Given.approval { $0.validFor = .minutes(30) }
        let id = try station.start(Given.plan(Given.wave("one", ["a", "b"], gates: [gate], atOnce: 1))).get()
        station.approve(id)
        #expect(station.started == ["a"])
        station.pass(.minutes(31))
        station.work()
        #expect(station.started == ["a"])
        #expect(station.hold(id, .approval)?.unmet.hasSuffix("the grant by bo is over") == true)
        #expect(station.approve(id, by: Given.cy) == .success(.done))
        #expect(station.started == ["a", "b"])
        let took = station.events.compactMap { if case .gateDecided(let event) = $0 { event.took } else { nil } }
        #expect(took.last == .minutes(1))
    }

    @Test func `a grant of two people is over when the first of them is`() throws {
        var station = Station("a")
        let gate = Given.approval {
            $0.quorum = 2
            $0.validFor = .minutes(30)
        }
        let id = try station.start(Given.held(by: gate)).get()
        station.approve(id)
        station.pass(.minutes(30))
        station.approve(id, by: Given.cy)
        #expect(station.started.isEmpty)
        station.approve(id)
        #expect(station.started == ["a"])
    }

    @Test func `a release that takes other artifacts voids what was decided on the old ones, and says so`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval { $0.quorum = 2 })).get()
        station.approve(id)
        let seen = station.digest(id)
        station.push(Given.artifact("web", "2"))
        #expect(station.tell(.repin(id, versions: [Given.name("web"): Given.version("2")])) == .success(.done))
        #expect(
            station.hold(id, .approval)?.unmet.hasSuffix("what was decided before is void: ana has changed it to web 2")
                == true
        )
        let stale = station.tell(
            .decide(Decide(id, .approved, subject: "", releaseDigest: seen, reason: "")),
            by: Given.cy
        )
        #expect(stale?.refusal?.code == .decidedOnOtherDigest)
        station.approve(id, by: Given.cy)
        #expect(station.started.isEmpty)
        station.approve(id, by: Given.bo)
        #expect(station.inbox.map(\.order.artifact.version.text) == ["2"])
        station.work()
        #expect(station.tell(.repin(id, versions: [:]))?.refusal?.code == .conflict)
    }

    @Test func `a rejection ends the release with the person's reason`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval())).get()
        station.tell(
            .decide(Decide(id, .rejected, subject: "", releaseDigest: station.digest(id), reason: "not today")),
            by: Given.bo
        )
        #expect(station.phase(id) == .ended(.rejected))
        #expect(station.reason(id) == "not today")
    }

    @Test func `the view shows instructions, checklist and every word with the time it took`() throws {
        var station = Station("a")
        let gate = Given.approval {
            $0.instructions = "read the report"
            $0.checklist = ["metrics reviewed"]
            $0.quorum = 2
        }
        let id = try station.start(Given.held(by: gate)).get()
        station.pass(.minutes(3))
        station.approve(id, ticked: ["metrics reviewed"])
        let view = try #require(station.train.view(of: id, at: station.now)?.gates.first)
        #expect(view.state == .waiting)
        #expect(view.instructions == "read the report")
        #expect(view.checklist == ["metrics reviewed"])
        #expect(view.words.map(\.by.text) == ["bo"])
        #expect(view.words.map(\.took) == [.minutes(3)])
        station.approve(id, ticked: ["metrics reviewed"], by: Given.cy)
        #expect(station.train.view(of: id, at: station.now)?.gates.map(\.state) == [.passed])
    }
}
