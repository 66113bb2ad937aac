import Calendars
import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct NoticeTests {
    @Test func `people hear of the start, of what waits for them, of every promotion and of the end`() {
        var yard = Yard()
        yard.enrol("test", "production")
        let plan = Yard.plan(stages: ["test", "production"], gates: [Yard.approval])
        yard.push("1")
        _ = yard.start(plan, "1")
        yard.run(.hours(2))
        _ = yard.approve(Yard.name("shop-1"), by: "bo", "leads")
        #expect(yard.told.count == 5)
        #expect(yard.told.first == "started chat:room: shop-1 was started by ana with web 1: a change")
        #expect(yard.told[1] == "promoted chat:room: shop-1: test/all is in place and healthy")
        #expect(yard.told[2].hasPrefix("waiting chat:room: shop-1 waits at production/all: approval by "))
        #expect(yard.told[3] == "promoted chat:room: shop-1: production/all is in place and healthy")
        #expect(yard.told[4] == "completed chat:room: shop-1 is in place everywhere with web 1")
    }

    @Test func `what is not signed off is told with its author`() {
        var yard = Yard()
        yard.enrol("production")
        var source = ArtifactSource()
        source.changes = [Yard.change("c1", by: "cy", ticket: "T-1")]
        yard.tell(.pushArtifact(Yard.artifact("web", "1"), source))
        _ = yard.start(Yard.plan(gates: [.changes(ChangesRule(predicate: Yard.name("signed-off")))]), "1")
        let waiting = yard.told.filter { $0.hasPrefix("waiting") }
        #expect(waiting.count == 1)
        #expect(waiting.first?.contains("c1") == true)
        #expect(waiting.first?.contains("cy") == true)
    }

    @Test func `nobody is told before the window opens, and everybody each time that it does`() throws {
        var yard = Yard()
        yard.enrol("production")
        yard.push("1")
        let window = Window([try #require(Window.Span("Fri 10:00-11:00"))], zone: .utc)
        _ = yard.start(Yard.plan(gates: [Yard.approval, .window(window)]), "1")
        func waiting() -> [Instant] { yard.delivered.filter { $0.kind == .waiting }.map(\.at) }
        #expect(waiting().isEmpty)
        let first = try #require(window.nextOpening(after: yard.now))
        yard.run(until: first)
        #expect(waiting() == [first])
        yard.run(.days(6))
        #expect(waiting() == [first])
        yard.restart()
        yard.run(.days(2))
        #expect(waiting() == [first, first + .days(7)])
    }

    @Test func `a restart tells nobody twice`() {
        var yard = Yard()
        yard.enrol("production")
        yard.push("1")
        _ = yard.start(Yard.plan(gates: [Yard.approval]), "1")
        let before = yard.told
        yard.restart()
        yard.run(.hours(1))
        #expect(yard.told == before)
    }

    @Test func `the end names every change and ticket between what ran and what goes out`() {
        var yard = Yard()
        yard.enrol("production")
        let plan = Yard.plan()
        for (number, ticket) in [("1", "T-1"), ("2", "T-2"), ("3", "T-3")] {
            var source = ArtifactSource()
            source.changes = [Yard.change("c\(number)", by: "cy", ticket: ticket)]
            yard.tell(.pushArtifact(Yard.artifact("web", number), source))
        }
        _ = yard.start(plan, "1")
        _ = yard.start(plan, "3")
        #expect(
            yard.delivered.last?.sentence == """
                shop-2 is in place everywhere with web 3
                web 1 → 3
                + T-3 change c3 (cy)
                + T-2 change c2 (cy)
                tickets: T-3, T-2
                """
        )
        _ = yard.start(plan, "2")
        #expect(yard.delivered.last?.sentence.contains("- T-3 change c3 (cy)") == true)
    }

    @Test func `rejection is told with its reason, by every channel that asks for it`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan(gates: [Yard.approval])
        plan.notices = [
            NoticeRule(channels: ["mail:team", "chat:room"], on: [.failed]),
            NoticeRule(channels: ["chat:room"], on: [.failed, .started]),
        ]
        yard.push("1")
        _ = yard.start(plan, "1")
        let digest = yard.release("shop-1")?.releaseDigest ?? Yard.digest([])
        let word = Decide(Yard.name("shop-1"), .rejected, subject: "", releaseDigest: digest, reason: "too risky")
        yard.tell(.decide(word), by: "bo", "leads")
        #expect(
            yard.told.dropFirst() == [
                "failed mail:team: shop-1 was rejected by bo: too risky",
                "failed chat:room: shop-1 was rejected by bo: too risky",
            ]
        )
    }

    @Test func `a notice that fails is tried eight times with longer and longer pauses, then is an alarm elsewhere`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan()
        plan.notices = [
            NoticeRule(channels: ["chat:room"], on: [.started]), NoticeRule(channels: ["mail:team"], on: [.alarm]),
        ]
        _ = yard.register(plan)
        yard.push("1")
        yard.channelFailure = "503 from the webhook"
        _ = yard.start(plan, "1")
        #expect(yard.outcome("shop-1") == .completed)
        yard.run(.minutes(1))
        #expect(yard.train.state.schedule.notices.count == 1)
        yard.run(.hours(2))
        let attempts = yard.asked.filter { if case .notify(let notice) = $0 { notice.id == 1 } else { false } }
        #expect(attempts.count == 8)
        #expect(yard.alarms == ["notice_undelivered chat:room", "notice_undelivered mail:team"])
        let settled: [NoticeSettled] = yard.log.compactMap {
            if case .noticeSettled(let settled) = $0.event { settled } else { nil }
        }
        #expect(settled.first == NoticeSettled.failed(1, "503 from the webhook", attempts: 8, in: settled))
        yard.channelFailure = nil
        _ = yard.start(plan, "1")
        #expect(!yard.alarms.contains("notice_undelivered chat:room"))
    }

    @Test func `what failed before a restart counts, and the pause after it is kept`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan()
        plan.notices = [NoticeRule(channels: ["chat:room"], on: [.started])]
        _ = yard.register(plan)
        yard.push("1")
        yard.channelFailure = "503 from the webhook"
        _ = yard.start(plan, "1")
        func attempts() -> Int { yard.asked.count { if case .notify = $0 { true } else { false } } }
        for _ in 0..<40 where yard.alarms.isEmpty {
            yard.restart()
            let before = attempts()
            yard.restart()
            #expect(attempts() == before, "a restart is no reason to try at once")
            yard.run(.minutes(10))
        }
        #expect(attempts() == 8)
        #expect(yard.alarms == ["notice_undelivered chat:room"])
        #expect(yard.train.state.schedule.noticeFailures.isEmpty)
    }

    @Test func `the pauses are the same in every history, and no two notices come back together`() {
        func attempts() -> [Instant] {
            var yard = Yard()
            yard.enrol("production")
            yard.push("1")
            yard.channelsAnswer = false
            _ = yard.start(Yard.plan(gates: [Yard.approval]), "1")
            var instants: [Instant] = []
            for _ in 0..<40 {
                let before = yard.asked.count
                yard.run(.seconds(30))
                if yard.asked.count > before { instants.append(yard.now) }
            }
            return instants
        }
        #expect(attempts() == attempts())
        #expect(attempts().count > 4)
    }

    @Test func `a channel that never answers is asked again, also by the next controller`() {
        var yard = Yard()
        yard.enrol("production")
        yard.push("1")
        yard.channelsAnswer = false
        _ = yard.start(Yard.plan(gates: [Yard.approval]), "1")
        let first = yard.asked.count
        yard.restart()
        #expect(yard.asked.count == first * 2)
        yard.channelsAnswer = true
        yard.run(.minutes(10))
        #expect(yard.train.state.schedule.notices.isEmpty)
        #expect(yard.delivered.count == first)
    }
}

extension NoticeSettled {
    /// The one with these values, found among those that became durable.
    fileprivate static func failed(
        _ id: UInt64,
        _ failure: String,
        attempts: Int,
        in settled: [NoticeSettled]
    ) -> NoticeSettled? {
        settled.first { $0.id == id && $0.failure == failure && $0.attempts == attempts }
    }
}
