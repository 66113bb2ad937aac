import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

struct AgentSessionTests {
    let start = Instant(unix_ms: 1_000)

    private func openSession() -> AgentSession {
        var session = AgentSession(now: start)
        #expect(session.received(.welcome(Sample.welcome), now: start) == .deliver(.connected(Sample.welcome)))
        return session
    }

    private func code(_ action: AgentSession.ReceivedAction) -> LinkError.Code? {
        if case .close(let error) = action { error.code } else { nil }
    }

    private func code(_ tick: SessionTick) -> LinkError.Code? {
        if case .close(let error) = tick { error.code } else { nil }
    }

    @Test func `what a controller says after its welcome is delivered`() {
        var session = openSession()
        #expect(session.received(.order(Sample.envelope), now: start) == .deliver(.order(Sample.envelope)))
        #expect(
            session.received(.receiptStored(Sample.orderID), now: start) == .deliver(.receiptStored(Sample.orderID))
        )
        #expect(session.received(.heartbeat(Sample.head), now: start) == .deliver(.headShown(Sample.head)))
        #expect(session.received(.heartbeat(nil), now: start) == .nothing)
        #expect(session.received(.renewal(.refused("no")), now: start) == .deliver(.renewal(.refused("no"))))
        #expect(session.received(.unknown, now: start) == .ignoreUnknown)
    }

    @Test func `an order before the welcome ends the session undelivered`() {
        var session = AgentSession(now: start)
        #expect(code(session.received(.order(Sample.envelope), now: start)) == .outOfTurn)
        #expect(session.isClosed)
    }

    @Test func `a second welcome ends the session`() {
        var session = openSession()
        #expect(code(session.received(.welcome(Sample.welcome), now: start)) == .outOfTurn)
    }

    @Test func `a farewell ends the session with its own words, before the welcome too`() {
        for var session in [AgentSession(now: start), openSession()] {
            guard case .close(let error) = session.received(.farewell(.revoked), now: start) else {
                Issue.record("the session goes on")
                continue
            }
            #expect(error.code == .refused)
            #expect(error.sentence == Farewell.revoked.sentence)
        }
        var session = openSession()
        #expect(code(session.received(.farewell(.replaced), now: start)) == .replaced)
    }

    @Test func `a welcome that does not come in time ends the session`() {
        var session = AgentSession(now: start)
        #expect(session.tick(now: start + .milliseconds(14_999)) == .nothing)
        #expect(code(session.tick(now: start + .seconds(15))) == .overdue)
    }

    @Test func `a silent controller is noticed after three intervals`() {
        var session = openSession()
        #expect(code(session.tick(now: start + .seconds(15))) == nil)
        #expect(code(session.tick(now: start + .milliseconds(15_001))) == .silent)
    }

    @Test(arguments: 0..<100) func `no sequence of messages crashes a session or wakes a closed one`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var session = AgentSession(now: start)
        var now = start
        let messages: [ControllerMessage] = [
            .welcome(Sample.welcome), .order(Sample.envelope), .receiptStored(Sample.orderID), .heartbeat(nil),
            .heartbeat(Sample.head), .renewal(.refused("no")), .unknown, .farewell(.stopping),
        ]
        for _ in 0..<200 {
            now = now + Interval(ms: .random(in: -50...3_000, using: &chance))
            let wasClosed = session.isClosed
            switch Int.random(in: 0..<6, using: &chance) {
            case 0...2:
                // Farewells are rare, so that sequences get long.
                let count = Int.random(in: 0..<40, using: &chance) == 0 ? messages.count : messages.count - 1
                let action = session.received(messages[.random(in: 0..<count, using: &chance)], now: now)
                if wasClosed { #expect(action == .nothing) }
            case 3:
                let tick = session.tick(now: now)
                if wasClosed { #expect(tick == .nothing) }
            case 4: _ = session.queued(.random(in: 0...1_000_000, using: &chance), now: now)
            default: session.sent(.random(in: 0...1_000_000, using: &chance), now: now)
            }
            if wasClosed { #expect(session.isClosed) }
        }
    }
}
