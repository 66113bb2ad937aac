import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

struct ControllerSessionTests {
    let start = Instant(unix_ms: 1_000)
    let report = AgentReport.arrived(Sample.orderID, sequence: 1)

    private func openSession() -> ControllerSession {
        var session = ControllerSession(now: start)
        #expect(session.received(.hello(Sample.hello), now: start) == .open(Sample.hello))
        session.welcomed(heartbeatEvery: .seconds(5), now: start)
        return session
    }

    private func code(_ action: ControllerSession.ReceivedAction) -> LinkError.Code? {
        if case .close(let error) = action { error.code } else { nil }
    }

    private func code(_ tick: SessionTick) -> LinkError.Code? {
        if case .close(let error) = tick { error.code } else { nil }
    }

    @Test func `a hello opens, a report after the welcome is delivered`() {
        var session = openSession()
        #expect(session.received(.report(report), now: start) == .deliver(report))
        #expect(session.received(.renewal([1]), now: start) == .renew(certificateRequest: [1]))
        #expect(session.received(.heartbeat(number: 1, nil), now: start) == .nothing)
    }

    @Test(arguments: [
        AgentMessage.heartbeat(number: 1, nil), .unknown, .renewal([1]), .report(.arrived(Sample.orderID, sequence: 1)),
    ])
    func `anything but a hello ends a session that has none`(message: AgentMessage) {
        var session = ControllerSession(now: start)
        #expect(code(session.received(message, now: start)) == .outOfTurn)
        #expect(session.isClosed)
    }

    @Test func `nothing may come between hello and welcome`() {
        var session = ControllerSession(now: start)
        _ = session.received(.hello(Sample.hello), now: start)
        #expect(code(session.received(.heartbeat(number: 1, nil), now: start)) == .outOfTurn)
    }

    @Test func `a second hello ends the session`() {
        var session = openSession()
        #expect(code(session.received(.hello(Sample.hello), now: start)) == .outOfTurn)
    }

    @Test func `a message of a newer agent is ignored`() {
        var session = openSession()
        #expect(session.received(.unknown, now: start) == .ignoreUnknown)
        #expect(!session.isClosed)
    }

    @Test func `a hello that does not come in time ends the session`() {
        var session = ControllerSession(now: start)
        #expect(session.tick(now: start + .milliseconds(4_999)) == .nothing)
        #expect(code(session.tick(now: start + .seconds(5))) == .overdue)
        #expect(session.received(.hello(Sample.hello), now: start + .seconds(5)) == .nothing)
    }

    @Test func `a welcome that cannot be given in time ends the session`() {
        var session = ControllerSession(now: start)
        _ = session.received(.hello(Sample.hello), now: start)
        #expect(code(session.tick(now: start + .seconds(5))) == .overdue)
    }

    @Test func `heartbeats are numbered and come once per interval`() {
        var session = openSession()
        var numbers: [UInt64] = []
        for half in 1...8 {
            let now = start + .milliseconds(2_500) * Int64(half)
            _ = session.received(.heartbeat(number: 1, nil), now: now)
            if case .beat(let number) = session.tick(now: now) { numbers.append(number) }
        }
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test(arguments: [Int64(100), 1_000, 5_000, 7_500]) func `a half-open peer is noticed within 30 seconds`(
        every_ms: Int64
    ) {
        let every = Interval(ms: every_ms)
        var session = ControllerSession(now: start)
        _ = session.received(.hello(Sample.hello), now: start)
        session.welcomed(heartbeatEvery: every, now: start)
        // The peer's last sign of life; from then on only time passes.
        _ = session.received(.heartbeat(number: 1, nil), now: start + every)
        var now = start + every
        var noticed: LinkError.Code?
        while noticed == nil, now < start + .minutes(5) {
            now = now + Interval(ms: every_ms / 2)
            noticed = code(session.tick(now: now))
        }
        #expect(noticed == .silent)
        #expect(now - (start + every) > every * 3)
        #expect(now - (start + every) <= .seconds(30))
    }

    @Test func `whatever arrives is a sign of life`() {
        var session = openSession()
        for second in 1...120 {
            let now = start + .seconds(Int64(second))
            if second.isMultiple(of: 10) { _ = session.received(.unknown, now: now) }
            #expect(code(session.tick(now: now)) == nil)
        }
    }

    @Test func `a peer that floods is cut, one that is merely busy is not`() {
        var session = openSession()
        for second in 0..<60 {
            for _ in 0..<FloodGuard.perSecond {
                #expect(session.received(.report(report), now: start + .seconds(Int64(second))) == .deliver(report))
            }
        }
        var outcome: LinkError.Code?
        for _ in 0...FloodGuard.burst_max where outcome == nil {
            outcome = code(session.received(.report(report), now: start + .seconds(60)))
        }
        #expect(outcome == .flooded)
    }

    @Test func `a peer that takes nothing is cut when too much waits for it`() {
        var session = openSession()
        var cut: LinkError?
        var queued = 0
        while cut == nil {
            queued += 100_000
            cut = session.queued(100_000, now: start)
        }
        #expect(cut?.code == .slow)
        #expect(queued <= WriteBacklog.bytes_max + 100_000)
        #expect(session.isClosed)
    }

    @Test func `a peer that takes nothing is cut after a while, one that is slow but takes is not`() {
        var session = openSession()
        _ = session.queued(1_000, now: start)
        for second in 1...30 {
            let now = start + .seconds(Int64(second))
            _ = session.received(.heartbeat(number: 1, nil), now: now)
            session.sent(10, now: now)
            #expect(code(session.tick(now: now)) == nil)
        }
        #expect(code(session.tick(now: start + .seconds(40))) == nil)
        #expect(code(session.tick(now: start + .milliseconds(40_001))) == .slow)
    }

    @Test func `nothing follows the end`() {
        var session = openSession()
        let ends = [session.end(), session.end()]
        #expect(ends == [true, false])
        #expect(session.received(.report(report), now: start) == .nothing)
        #expect(session.tick(now: start + .hours(1)) == .nothing)
        #expect(session.queued(100_000_000, now: start) == nil)
    }

    @Test(arguments: 0..<100) func `no sequence of messages crashes a session or wakes a closed one`(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var session = ControllerSession(now: start)
        var now = start
        let messages: [AgentMessage] = [
            .hello(Sample.hello), .heartbeat(number: 1, nil), .unknown, .renewal([1]), .report(report),
            .report(.health(Sample.health)),
        ]
        for _ in 0..<200 {
            // Clocks may stand still, jump, and even step back.
            now = now + Interval(ms: .random(in: -50...3_000, using: &chance))
            let wasClosed = session.isClosed
            switch Int.random(in: 0..<6, using: &chance) {
            case 0...2:
                guard let message = messages.randomElement(using: &chance) else { continue }
                let action = session.received(message, now: now)
                if wasClosed { #expect(action == .nothing) }
                if case .open = action, Bool.random(using: &chance) {
                    session.welcomed(heartbeatEvery: .seconds(5), now: now)
                }
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
