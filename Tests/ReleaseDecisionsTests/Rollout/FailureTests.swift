import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// What a team knows about failures, and what follows from it.
@Suite struct FailureTests {
    private static let gateway = FailureRule(
        name: "gateway",
        action: .retry(times_max: 2, pause: .seconds(10), pause_max: .seconds(15))
    )

    /// Version 1 runs on three hosts of `a`; version 2 goes out, one host after the other.
    private func deploying(
        _ rules: [FailureRule],
        _ change: (inout Plan) -> Void = { _ in }
    ) -> (fleet: Fleet, id: ReleaseID?) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        var plan = Make.plan(Make.wave("one", ["a"], batch: .count(1)))
        plan.failures = rules
        plan.notices = [NoticeRule(channels: ["chat:room"], on: NoticeKind.allCases)]
        change(&plan)
        fleet.start(plan, version: "1")
        fleet.work()
        let id = fleet.start(plan, version: "2")
        return (fleet, id)
    }

    @Test func `a failure that passes is tried again on its host, and nothing else starts until it is settled`() throws
    {
        var (fleet, id) = deploying([Self.gateway])
        let first = fleet.inbox[0].order
        fleet.rule = "gateway"
        fleet.obey(fleet.inbox.removeFirst()) { _, _ in true }
        #expect(fleet.phase(id) == .running)
        #expect(fleet.inbox.isEmpty)
        let hold = try #require(fleet.holds(id).first)
        #expect(hold.kind == .retrying)
        let at = try #require(hold.nextChange)
        #expect(
            (fleet.now + .milliseconds(7_500)...fleet.now + .seconds(10)).contains(at),
            "jitter takes off a quarter"
        )
        fleet.now = at
        fleet.give(.tick)
        let again = try #require(fleet.inbox.first)
        #expect(again.order.attempt == 2)
        #expect(again.order.generation == first.generation)
        #expect(again.order.hosts == first.hosts)
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `pauses double up to the longest, and the same history gives the same ones`() throws {
        func pauses() throws -> [Interval] {
            var (fleet, id) = deploying([Self.gateway])
            fleet.rule = "gateway"
            var pauses: [Interval] = []
            for _ in 0..<2 {
                fleet.obey(fleet.inbox.removeFirst()) { _, _ in true }
                let at = try #require(fleet.holds(id).first { $0.kind == .retrying }?.nextChange)
                pauses.append(at - fleet.now)
                fleet.now = at
                fleet.give(.tick)
            }
            return pauses
        }
        let first = try pauses()
        #expect((.milliseconds(7_500) ... .seconds(10)).contains(first[0]))
        #expect((.milliseconds(11_250) ... .seconds(15)).contains(first[1]))
        #expect(try pauses() == first)
    }

    @Test func `what does not pass after so many times is a failure like any other`() throws {
        var (fleet, id) = deploying([Self.gateway])
        fleet.rule = "gateway"
        for _ in 0..<3 {
            fleet.work { order, _ in order.action == .deploy }
            fleet.pass(.seconds(15))
        }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        let view = try #require(id.flatMap { fleet.train.view(of: $0, at: fleet.now) })
        #expect(view.failure?.rule == "gateway")
        #expect(view.failure?.reason.contains("tried 3 times") == true)
        let attempts = fleet.log.compactMap { entry in
            if case .orderIssued(let order) = entry.event, order.action == .deploy { order.attempt } else { nil }
        }
        #expect(attempts.max() == 3)
    }

    @Test func `a retry survives a restart of the controller`() throws {
        var (fleet, id) = deploying([Self.gateway])
        fleet.rule = "gateway"
        fleet.obey(fleet.inbox.removeFirst()) { _, _ in true }
        fleet = fleet.restarted()
        for index in 1...3 { fleet.connect(Make.host("a", index)) }
        fleet.pass(.seconds(10))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a retry never takes more hosts out of service than the plan allows`() {
        var (fleet, id) = deploying([Self.gateway]) { $0.stages[0].waves[0].rollout.unavailable_max = .count(1) }
        fleet.rule = "gateway"
        fleet.obey(fleet.inbox.removeFirst()) { _, _ in true }
        fleet.cut(Make.host("a", 3))
        fleet.pass(.seconds(10))
        #expect(fleet.inbox.isEmpty)
        fleet.connect(Make.host("a", 3))
        #expect(fleet.inbox.map(\.order.attempt) == [2])
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `the failed host alone goes back and the release stops`() throws {
        var (fleet, id) = deploying([FailureRule(name: "own", action: .rollBack(.host))])
        fleet.obey(fleet.inbox.removeFirst())
        fleet.rule = "own"
        fleet.work { order, _ in order.action == .deploy }
        #expect(fleet.version(Make.host("a", 1)) == "2")
        #expect(fleet.version(Make.host("a", 2)) == "1")
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
        #expect(fleet.tell(.rollBack(try #require(id), reason: "")) == .success(.done))
        fleet.work()
        for index in 1...3 { #expect(fleet.version(Make.host("a", index)) == "1") }
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(fleet.never.violations == [])
    }

    @Test func `a host that is ill in its bake goes back alone, with an order of its own generation`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(3), onUnhealthy: .rollBack(.host)))
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(4))
        let id = fleet.start(plan, version: "2")
        fleet.work()
        fleet.sample()
        fleet.sample { host, _ in host == Make.host("a", 1) }
        let back = try #require(fleet.inbox.first?.order)
        #expect(back.action == .rollBack)
        #expect(back.hosts == [Make.name("host-1")])
        fleet.work()
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.version(Make.host("a", 2)) == "2")
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
    }

    @Test func `a rule's own policy takes the place of the wave's`() {
        var (fleet, id) = deploying([FailureRule(name: "halt", action: .stop)])
        fleet.rule = "halt"
        fleet.work { _, _ in true }
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
        #expect(fleet.log.allSatisfy { if case .returnStarted = $0.event { false } else { true } })
    }

    @Test func `a page goes out, and look-ups run by themselves and appear with the failure`() throws {
        var rule = FailureRule(name: "known", action: .stop)
        rule.page = [.group(Make.name("on-call"))]
        rule.diagnose = [
            Diagnosis(name: "queue", kind: .probe(.http(url: "http://queue.example.com"))),
            Diagnosis(name: "log", kind: .command(["tail", "log"])),
        ]
        var (fleet, id) = deploying([rule])
        fleet.rule = "known"
        fleet.findings = [Finding(name: "log", text: "out of memory")]
        fleet.work { _, _ in true }
        #expect(fleet.notices.contains { $0.kind == .page && $0.sentence.contains("on-call") })
        let question = try #require(fleet.questions.first)
        fleet.give(.probed(question.key, ProbeAnswer(value: "17", failure: "")))
        let view = try #require(id.flatMap { fleet.train.view(of: $0, at: fleet.now) })
        #expect(view.failure?.host == Make.name("host-1"))
        #expect(view.failure?.service == Make.name("web"))
        #expect(
            view.failure?.findings == [Finding(name: "log", text: "out of memory"), Finding(name: "queue", text: "17")]
        )
        fleet.give(.probed(question.key, ProbeAnswer(value: "18", failure: "")))
        #expect(fleet.train.view(of: try #require(id), at: fleet.now)?.failure?.findings.count == 2, "asked once")
    }
}
