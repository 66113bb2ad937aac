import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct LinkAndWatchTests {
    @Test func `without a link a host finishes what it began, starts nothing new and keeps its receipt`() throws {
        var story = try Story()
        story.give(.order(try order(version: 1, generation: 1), digest: try digest(7)))
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        story.messages = []
        story.give(.linkDown)
        story.carryOut()
        #expect(story.messages.isEmpty)
        #expect(story.service?.current?.artifact.version == Version("1.0"))
        #expect(story.state.memory.unsentReceipts.count == 1)
        story.linkUp()
        story.carryOut()
        #expect(story.receipts.map(\.generation) == [1, 2])
    }

    @Test func `a receipt is sent on every return of the link until the controller has stored it`() throws {
        var story = try Story()
        try story.apply(try order())
        let id = try #require(story.receipts.first?.order)
        story.give(.linkDown)
        story.give(.linkUp)
        #expect(story.receipts.count == 2)
        story.give(.receiptStored(id))
        story.give(.receiptStored(id))
        story.give(.linkDown)
        story.give(.linkUp)
        #expect(story.receipts.count == 2)
        #expect(story.records.count { $0 == .receiptStored(id) } == 1)
    }

    @Test func `what a hook says is told with its step, again when the link returns, and never journalled`() throws {
        var story = try Story()
        story.give(.order(try order(), digest: try digest(7)))
        let run = try #require(story.actions.compactMap { if case .run(let run) = $0 { run } else { nil } }.last)
        let records_count = story.records.count
        story.give(.said(ticket: run.ticket, String(repeating: "é", count: 200)))
        story.give(.said(ticket: run.ticket + 1, "of another move"))
        story.give(.linkDown)
        story.give(.linkUp)
        let told = story.messages.compactMap { if case .progress(let progress) = $0 { progress.text } else { nil } }
        let words = String(repeating: "é", count: OrderProgress.text_bytes_max / 2)
        #expect(told == ["", words, words])
        #expect(story.records.count == records_count)
        story.give(.moveEnded(ticket: run.ticket, MoveResult(.passed)))
        let last = story.messages.compactMap { if case .progress(let progress) = $0 { progress.text } else { nil } }
            .last
        #expect(last == "")
    }

    @Test func `the greeting lists what runs and the order in hand`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        let next = try order(version: 2, generation: 2)
        story.give(.order(next, digest: try digest(7)))
        let running = try #require(story.state.greeting.running.first)
        #expect(running.version == Version("1.0"))
        #expect(running.generation == 1)
        #expect(running.order == next.id)
    }

    @Test func `the greeting says the latest verdict, and none before a probe has been made or while an order works`()
        throws
    {
        var story = try Story()
        try story.apply(try order())
        let service: ServiceName = try name("cache")
        #expect(story.state.greeting.running.map(\.health) == [nil])
        story.give(.probed(service, generation: 1, .healthy))
        #expect(story.state.greeting.running.map(\.health) == [.healthy])
        story.give(.linkDown)
        story.give(.probed(service, generation: 1, .unhealthy(reason: "status 500")))
        #expect(story.state.greeting.running.map(\.health) == [.unhealthy])
        story.linkUp()
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        #expect(story.state.greeting.running.map(\.health) == [nil])
    }

    @Test func `a change of verdict is told at once, the rest summed up over two rounds`() throws {
        var story = try Story()
        try story.apply(try order())
        story.forget()
        let service: ServiceName = try name("cache")
        for (probe, ms) in [
            (HealthProbe.healthy, 0), (.healthy, 1_000), (.healthy, 1_999), (.healthy, 2_000),
            (.unhealthy(reason: "status 500"), 2_100), (.unhealthy(reason: "status 501"), 3_100),
            (.unhealthy(reason: "status 502"), 4_100), (.blind(reason: "no metric"), 4_200),
        ] {
            story.now = Instant(unix_ms: 10_000 + Int64(ms))
            story.give(.probed(service, generation: 1, probe))
        }
        #expect(story.samples.map(\.healthy) == [1, 3, 0, 0, 0])
        #expect(story.samples.map(\.unhealthy) == [0, 0, 1, 2, 0])
        #expect(story.samples.map(\.blind) == [0, 0, 0, 0, 1])
        #expect(
            story.samples.map(\.reason)
                == ["", "", "answers: status 500", "answers: status 502", "answers: no metric"]
        )
    }

    @Test func `looks are summed up by check: how many, how many failed, the slowest, the first failure`() throws {
        var story = try Story()
        try story.apply(try order())
        story.give(.linkDown)
        story.forget()
        func look(_ check: String, _ outcome: HealthProbe.Outcome, _ took_ms: Int64) -> HealthProbe.Look {
            HealthProbe.Look(check, decides: check != "warns", outcome, took: .milliseconds(took_ms))
        }
        for (first, second) in [
            (look("page", .passed, 20), look("warns", .failed("slow"), 5)),
            (look("page", .blind("gone"), 10), look("warns", .failed("slower"), 9)),
            (look("page", .failed("broken"), 90), look("warns", .passed, 1)),
        ] {
            story.give(.probed(try name("cache"), generation: 1, HealthProbe(looks: [first, second])))
        }
        story.give(.linkUp)
        let checks = story.samples.flatMap(\.checks)
        func total(_ check: String, _ count: (CheckSummary) -> Int) -> Int {
            checks.filter { $0.check == check }.map(count).reduce(0, +)
        }
        #expect(total("page", \.looks) == 3 && total("warns", \.looks) == 3)
        #expect(total("page", \.failed) == 1 && total("page", \.blind) == 1 && total("warns", \.failed) == 2)
        #expect(checks.filter { $0.check == "page" }.map(\.slowest).max() == .milliseconds(90))
        #expect(checks.filter { $0.check == "page" }.map(\.firstFailure) == ["", "gone", "broken"])
    }

    @Test func `what warns never makes a service unhealthy, and what sees nothing never healthy`() throws {
        var story = try Story()
        try story.apply(try order())
        let service: ServiceName = try name("cache")
        let passed = HealthProbe.Look("page", decides: true, .passed, took: .zero)
        let warning = HealthProbe.Look("warns", decides: false, .failed("slow"), took: .zero)
        story.give(.probed(service, generation: 1, HealthProbe(looks: [passed, warning])))
        #expect(story.state.greeting.running.map(\.health) == [.healthy])
        story.give(.probed(service, generation: 1, .blind(reason: "no metric")))
        #expect(story.state.greeting.running.map(\.health) == [nil])
        #expect(story.samples.last.map { [$0.healthy, $0.unhealthy, $0.blind] } == [0, 0, 1])
    }

    @Test func `a long silence is told in few samples that lose no probe`() throws {
        var story = try Story()
        try story.apply(try order())
        story.give(.linkDown)
        story.forget()
        let service: ServiceName = try name("cache")
        for index in 0..<1_000 {
            story.now = story.now + .seconds(1)
            story.give(.probed(service, generation: 1, index % 3 == 0 ? .unhealthy(reason: "down") : .healthy))
        }
        #expect(story.samples.isEmpty)
        story.give(.linkUp)
        #expect(story.samples.count <= 8)
        #expect(story.samples.map(\.healthy).reduce(0, +) == 666)
        #expect(story.samples.map(\.unhealthy).reduce(0, +) == 334)
    }

    @Test func `nothing is watched while an order changes it, and the old is watched after a way back`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = [.smokeNew]
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        story.give(.probed(try name("cache"), generation: 1, .healthy))
        #expect(story.samples.isEmpty)
        #expect(story.actions.contains(.stopWatch(try name("cache"))))
        story.carryOut()
        let watched = story.actions.compactMap {
            if case .startWatch(let watch) = $0 { watch.deployment.generation } else { nil }
        }
        #expect(watched == [1])
    }

    @Test func `a restarted agent watches what runs, and a service without checks gives no samples`() throws {
        var story = try Story()
        try story.apply(try order(service: "cache"))
        try story.apply(try order(service: "io", checks: []))
        story.forget()
        try story.crash()
        let watched = story.actions.compactMap { if case .startWatch(let watch) = $0 { watch.service } else { nil } }
        #expect(watched == [try name("cache"), try name("io")])
        story.give(.probed(try name("io"), generation: 1, HealthProbe(looks: [])))
        #expect(story.samples.isEmpty)
        #expect(story.state.greeting.running.map(\.health) == [nil, nil])
    }

    @Test func `a release that somebody changes makes its service unhealthy until it is put back`() throws {
        var story = try Story()
        try story.apply(try order())
        story.forget()
        let service: ServiceName = try name("cache")
        story.give(.probed(service, generation: 1, .healthy))
        let looks = HealthProbe.healthy.looks
        story.give(.probed(service, generation: 1, HealthProbe(looks: looks, flaw: "current is gone")))
        #expect(story.state.greeting.running.map(\.health) == [.unhealthy])
        story.give(.probed(service, generation: 1, HealthProbe(looks: looks, flaw: nil)))
        #expect(story.state.greeting.running.map(\.health) == [.healthy])
        #expect(story.samples.map { [$0.healthy, $0.unhealthy] } == [[1, 0], [0, 1], [1, 0]])
        #expect(story.samples.map(\.reason) == ["", "release: current is gone", ""])
    }

    @Test func `what is wrong with a release is told of a service without checks, and once that it is not any more`()
        throws
    {
        var story = try Story()
        try story.apply(try order(checks: []))
        story.forget()
        let service: ServiceName = try name("cache")
        let nothing = HealthProbe(looks: [])
        for probe in [nothing, HealthProbe(looks: [], flaw: "current is gone"), nothing, nothing] {
            story.give(.probed(service, generation: 1, probe))
        }
        #expect(story.samples.map { [$0.healthy, $0.unhealthy, $0.blind] } == [[0, 1, 0], [0, 0, 1]])
        #expect(story.state.greeting.running.map(\.health) == [nil])
    }

    @Test func `a flaw that comes while a check fails is counted beside that check`() throws {
        var story = try Story()
        try story.apply(try order())
        story.give(.linkDown)
        story.forget()
        let service: ServiceName = try name("cache")
        let looks = HealthProbe.unhealthy(reason: "status 500").looks
        story.give(.probed(service, generation: 1, HealthProbe(looks: looks)))
        story.give(.probed(service, generation: 1, HealthProbe(looks: looks, flaw: "current is gone")))
        story.give(.probed(service, generation: 1, HealthProbe(looks: looks)))
        story.give(.linkUp)
        let checks = try #require(story.samples.last).checks
        #expect(checks.map(\.check) == ["answers", "release"])
        #expect(checks.map(\.failed) == [3, 1])
        #expect(checks.map(\.firstFailure) == ["status 500", "current is gone"])
    }
}
