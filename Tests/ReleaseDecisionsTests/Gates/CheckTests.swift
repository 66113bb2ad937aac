import Testing
import TimeAndChance
import TrainModel

@testable import ReleaseDecisions

@Suite struct CheckTests {
    private static func probe(_ name: String) -> Probe {
        Probe(
            name: name,
            kind: .http(url: name),
            expects: Given.condition("", .equal, "0"),
            timeout: .seconds(10)
        )
    }

    private static let drain = Gate.check(
        ProbeRule(
            name: "drain",
            probes: [probe("us-west-2"), probe("us-east-2")],
            every: .seconds(30),
            giveUpAfter: .hours(2)
        )
    )

    @Test func `both queues must be empty at the same look`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.drain)).get()
        #expect(station.questions.map(\.url) == ["us-west-2", "us-east-2"])
        station.answer(["us-west-2": "0", "us-east-2": "3"])
        #expect(
            station.hold(id, .check)?.unmet
                == "drain: us-west-2 is 0; us-east-2 is 3, must be = 0; looked at every 30s, given up after 2h"
        )
        station.pass(.seconds(30))
        station.answer(["us-west-2": "1", "us-east-2": "0"])
        #expect(station.started.isEmpty, "each was empty once, but never both")
        station.pass(.seconds(30))
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started == ["a"])
        let concluded = station.events.compactMap { if case .checkConcluded(let event) = $0 { event } else { nil } }
        #expect(concluded.map(\.passed) == [true])
        #expect(concluded.first?.answers.map(\.value) == ["0", "0"])
    }

    @Test func `each region is asked about itself, and what is said of it names it`() throws {
        var station = Station("a", "b")
        var plan = Given.plan(Given.wave("one", ["a", "b"]))
        let url = "http://{region}.example.com/?{service}={version}&{wave}"
        let gate = Gate.check(
            ProbeRule(name: "jobs", probes: [Self.probe(url)], every: .seconds(30), giveUpAfter: .hours(2))
        )
        plan.stages[0].waves[0].regionGates = [gate]
        let id = try station.start(plan, "1.2+3").get()
        let asked = ["a", "b"].map { "http://\($0).example.com/?web=1.2%2B3&one" }
        #expect(station.questions.map(\.url) == asked)
        station.answer([asked[0]: "0", asked[1]: "7"])
        #expect(station.started == ["a"])
        #expect(station.hold(id, .check)?.unmet.hasPrefix("jobs: http://b.example.com/?web=1.2+3&one is 7") == true)
    }

    @Test func `it is given up at its limit, and nothing has been deployed`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.drain)).get()
        for _ in 0..<239 {
            station.answer(["us-west-2": "0", "us-east-2": "3"])
            station.pass(.seconds(30))
        }
        station.answer(["us-west-2": "0", "us-east-2": "3"])
        #expect(station.phase(id) == .running)
        station.pass(.seconds(30))
        station.answer(["us-west-2": "0", "us-east-2": "7"])
        #expect(station.phase(id) == .ended(.rejected))
        #expect(
            station.reason(id)
                == "drain did not pass within 2h (us-west-2 is 0; us-east-2 is 7, must be = 0); nothing of production/one was deployed"
        )
        #expect(station.sent.isEmpty)
    }

    @Test func `it is asked only once everything else has passed, and its limit runs from there`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.drain, Given.approval())).get()
        station.pass(.hours(5))
        #expect(station.questions.isEmpty)
        #expect(station.hold(id, .check)?.unmet == "drain is asked once everything else has passed")
        station.approve(id)
        #expect(station.questions.count == 2)
        #expect(station.hold(id, .check)?.nextChange == station.now + .hours(2))
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started == ["a"])
    }

    @Test func `a pass that has grown old is asked again before anything starts`() throws {
        var station = Station("a")
        let gates = [
            Self.drain,
            Gate.check(
                ProbeRule(name: "logs", probes: [Self.probe("logs")], every: .minutes(1), giveUpAfter: .hours(2))
            ),
        ]
        _ = try station.start(Given.plan(Given.wave("one", ["a"], gates: gates))).get()
        station.answer(["us-west-2": "0", "us-east-2": "0", "logs": "4"])
        for _ in 1...59 {
            station.pass(.seconds(1))
            station.answer(["us-west-2": "0", "us-east-2": "0", "logs": "4"])
        }
        station.pass(.seconds(1))
        // The queues passed half a minute ago; that says nothing of now.
        station.answer(["us-west-2": "5", "us-east-2": "0", "logs": "0"])
        #expect(station.started.isEmpty)
        station.pass(.seconds(30))
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started.isEmpty, "now it is the logs that passed half a minute ago")
        station.answer(["logs": "0"])
        #expect(station.started == ["a"])
    }

    @Test func `a window that closes puts the check off and winds its limit up again`() throws {
        var station = Station("a")
        let gate = Gate.window(Given.window("Mon-Tue 09:00-10:00"))
        let id = try station.start(Given.held(by: gate, Self.drain)).get()
        station.answer(["us-west-2": "1", "us-east-2": "0"])
        station.go(to: "2026-11-16T18:00")
        #expect(station.phase(id) == .running)
        station.answer([:])
        station.go(to: "2026-11-17T09:00")
        #expect(station.phase(id) == .running)
        #expect(station.hold(id, .check)?.nextChange == Given.time("2026-11-17T11:00"))
    }

    @Test func `a probe that does not answer fails one look only, and an answer that comes late counts for none`()
        throws
    {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.drain)).get()
        let old = station.questions
        station.answer(["us-west-2": "0"])
        station.pass(.seconds(15))
        #expect(station.hold(id, .check)?.unmet.contains("us-east-2 gave no value: no answer within 10s") == true)
        station.pass(.seconds(15))
        station.answer(["us-west-2": "0"])
        for question in old { station.give(.probed(question.key, ProbeAnswer(value: "0", failure: ""))) }
        #expect(station.started.isEmpty)
        station.pass(.seconds(30))
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started == ["a"])
    }

    @Test func `each region is checked right before it starts`() throws {
        var station = Station("a", "b")
        let wave = Given.wave("one", ["a", "b"], regionGates: [Self.drain], atOnce: 1)
        _ = try station.start(Given.plan(wave)).get()
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started == ["a"])
        station.work()
        #expect(station.started == ["a"])
        station.answer(["us-west-2": "0", "us-east-2": "0"])
        #expect(station.started == ["a", "b"])
    }

    @Test func `numbers are compared as numbers and everything else as text`() {
        let least = Given.condition("", .greaterOrEqual, "80")
        #expect(least.holds(for: "100"))
        #expect(!least.holds(for: "9"))
        #expect(Given.condition("", .equal, "5").holds(for: "5.0"))
        #expect(Given.condition("", .equal, "Completed").holds(for: "Completed"))
        #expect(!Given.condition("", .equal, "0").holds(for: ""))
        #expect(!Given.condition("", .lessOrEqual, "5").holds(for: "nan"))
        #expect(Given.condition("", .notEqual, "nan").holds(for: "inf"))
    }
}
