import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct AcceptanceTests {
    @Test func `an order for another cluster, region or host is refused and leaves no record`() throws {
        var story = try Story()
        var wrong = try order()
        wrong.cluster = try name("other")
        try story.apply(wrong)
        wrong = try order()
        wrong.region = try name("eastus")
        try story.apply(wrong)
        wrong = try order()
        wrong.hosts = [try name("host-2")]
        try story.apply(wrong)
        #expect(story.refusals == ["wrong-cluster", "wrong-region", "not-in-batch"])
        #expect(story.records.isEmpty)
        #expect(story.moves.isEmpty)
    }

    @Test func `an order is journalled before its arrival is told and before any work`() throws {
        var story = try Story()
        story.actions = []
        story.give(.order(try order(), digest: try digest(7)))
        guard case .journal(.taken) = story.actions.first, case .send(.arrived) = story.actions.dropFirst().first
        else { return #expect(Bool(false), "\(story.actions)") }
        let began = story.actions.firstIndex { if case .journal(.moveBegan) = $0 { true } else { false } }
        let ran = story.actions.firstIndex { if case .run = $0 { true } else { false } }
        #expect(try #require(began) < #require(ran))
    }

    @Test func `an older epoch, generation or attempt starts nothing`() throws {
        var story = try Story()
        try story.apply(try order(generation: 5, attempt: 2, epoch: 3))
        story.forget()
        try story.apply(try order(generation: 6, epoch: 2))
        try story.apply(try order(generation: 4, epoch: 3))
        try story.apply(try order(generation: 5, attempt: 1, epoch: 3))
        #expect(story.refusals == ["epoch-below", "generation-below", "attempt-below"])
        #expect(story.moves.isEmpty)
    }

    @Test func `the newest epoch counts for every service of the host`() throws {
        var story = try Story()
        try story.apply(try order(epoch: 2, service: "cache"))
        try story.apply(try order(epoch: 1, service: "io"))
        #expect(story.refusals == ["epoch-below"])
    }

    @Test func `an expired order, one that lives too long and one that starts too late are refused`() throws {
        var story = try Story()
        story.now = Instant(unix_ms: 0) + .minutes(15)
        try story.apply(try order())
        try story.apply(try order(expires: Instant(unix_ms: 0) + .minutes(15) + .milliseconds(1)))
        let start = story.now + .minutes(15) + .milliseconds(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        try story.apply(try order(notBefore: story.now, expires: story.now))
        #expect(story.refusals == ["expired", "lifetime-too-long", "not-before-too-far", "lifetime-too-long"])
    }

    private func reading(_ ahead: Interval, error: Interval = .zero) -> HostInput {
        .clockRead(ClockReading(ahead: ahead, error: error))
    }

    @Test func `a host takes no order while its clock is surely off by more than two minutes, either way`() throws {
        var story = try Story()
        for ahead in [Interval.hours(1), .hours(-1), .days(3_650), .days(-3_650), .minutes(-2) + .milliseconds(-1)] {
            story.give(reading(ahead))
            try story.apply(try order())
        }
        #expect(story.refusals == Array(repeating: "clock-off", count: 5))
        #expect(story.records.isEmpty && story.moves.isEmpty)
        // It may be right.
        story.give(reading(.minutes(3), error: .minutes(1)))
        try story.apply(try order())
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `an order that waited when the clock was set wrong begins once it is right, and never after its expiry`()
        throws
    {
        var story = try Story()
        let start = story.now + .minutes(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        story.give(reading(.hours(1)))
        story.now = start
        story.give(.timer)
        #expect(story.moves.isEmpty)
        story.give(reading(.zero))
        #expect(!story.moves.isEmpty)
        var late = try Story()
        try late.apply(try order(notBefore: start, expires: start + .minutes(1)))
        late.give(reading(.hours(1)))
        late.now = start + .minutes(1)
        late.give(reading(.zero))
        #expect(late.moves.isEmpty)
        #expect(late.receipts.map(\.code) == ["expired"])
    }

    @Test func `an order that waited through a restart begins when this link has measured the clock, not before`()
        throws
    {
        var story = try Story()
        let start = story.now + .minutes(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        story.now = start
        try story.crash(link: false)
        story.give(.linkUp)
        story.give(.timer)
        #expect(story.moves.isEmpty)
        // By the controller's clock it has expired an hour ago.
        story.give(reading(.hours(-1)))
        #expect(story.moves.isEmpty)
        story.give(reading(.zero))
        #expect(!story.moves.isEmpty)
        // What one link has measured says nothing to the next.
        var other = try Story()
        try other.apply(try order(notBefore: start, expires: start + .minutes(1)))
        other.give(.linkDown)
        other.now = start
        other.give(.linkUp)
        other.give(.timer)
        #expect(other.moves.isEmpty)
        other.give(reading(.zero))
        #expect(!other.moves.isEmpty)
    }

    @Test func `a clock that was set has what wakes this host planned anew`() throws {
        var story = try Story()
        let start = story.now + .hours(1)
        story.now = start - .minutes(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        story.forget()
        story.give(reading(.seconds(1)))
        #expect(story.actions == [.wake(start)])
    }

    @Test(arguments: [
        // Started behind or ahead, and the machine's clock was set right since.
        (Interval.hours(-1), Interval.hours(1), true), (.hours(1), .hours(-1), true),
        (.seconds(-100), .seconds(100), true), (.minutes(5), .minutes(-4), true),
        // Nobody set it, or no better, or as wrong the other way.
        (.hours(-1), .zero, false), (.hours(-2), .hours(1), false), (.hours(-1), .hours(2), false),
        (.zero, .hours(1), false), (.zero, .hours(-1), false), (.zero, .seconds(30), false),
        // A time service moves it about.
        (.seconds(3), .seconds(-3), false),
        (Interval(ms: .max), Interval(ms: .max), false), (Interval(ms: .min), Interval(ms: .min), false),
    ])
    func `a clock gives way to the machine's only where that is surely nearer the controller's, and not off`(
        ahead: Interval,
        shift: Interval,
        isBetter: Bool
    ) {
        let reading = ClockReading(ahead: ahead, error: .milliseconds(20))
        let better = isBetter ? ClockReading(ahead: ahead + shift, error: .milliseconds(20)) : nil
        #expect(reading.bettered(by: shift) == better)
    }

    @Test(arguments: [Interval.hours(1), .hours(-1), .days(3_650), .days(-3_650)])
    func `a clock that jumps while an order waits or works crashes nothing and begins nothing that has expired`(
        jump: Interval
    ) throws {
        var story = try Story()
        story.now = story.now + .days(7_300)
        let start = story.now + .minutes(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        story.now = story.now + jump
        story.give(.timer)
        story.give(.linkDown)
        story.give(.linkUp)
        story.give(.probed(try name("cache"), generation: 1, .healthy))
        #expect(story.moves.isEmpty)
        // Said again when the link is up.
        #expect(Set(story.receipts.map(\.code)) == (jump > .zero ? ["expired"] : []))
    }

    @Test func `an order that may not begin yet waits for its instant`() throws {
        var story = try Story()
        let start = story.now + .minutes(1)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        #expect(story.arrivals.count == 1)
        #expect(story.moves.isEmpty)
        #expect(story.actions.contains(.wake(start)))
        story.now = start
        story.give(.timer)
        story.carryOut()
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `a finished order that comes again is answered with its receipt and has no effect`() throws {
        var story = try Story()
        try story.apply(try order())
        let first = story.receipts
        story.forget()
        story.now = story.now + .hours(1)
        try story.apply(try order())
        #expect(story.receipts == first)
        #expect(story.moves.isEmpty)
    }

    @Test func `an order in hand that comes again only arrives again`() throws {
        var story = try Story()
        story.give(.order(try order(), digest: try digest(7)))
        let before = story.moves
        story.give(.order(try order(epoch: 4), digest: try digest(8)))
        #expect(story.moves == before)
        #expect(story.arrivals.count == 2)
        #expect(story.state.memory.epochHighest == 4)
        story.carryOut()
        #expect(story.receipts.count == 1)
    }

    @Test func `a newer order waits for the one in hand, and only the newest is kept`() throws {
        var story = try Story()
        story.give(.order(try order(version: 1, generation: 1), digest: try digest(7)))
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        story.give(.order(try order(version: 3, generation: 3), digest: try digest(7)))
        story.carryOut()
        #expect(story.receipts.map(\.generation) == [2, 1, 3])
        #expect(story.receipts.map(\.code) == ["superseded", "", ""])
        #expect(story.receipts.map(\.outcome) == [.returned, .applied, .applied])
        #expect(story.service?.current?.artifact.version == Version("3.0"))
    }

    @Test func `a roll back goes only to a version that was healthy here`() throws {
        var story = try Story()
        try story.apply(try order(version: 1, generation: 1))
        story.failing = [.smokeNew]
        try story.apply(try order(version: 2, generation: 2))
        story.failing = []
        try story.apply(try order(version: 2, generation: 3, action: .rollBack))
        try story.apply(try order(version: 1, generation: 4, action: .rollBack))
        #expect(story.refusals == ["never-healthy-here"])
        #expect(story.receipts.map(\.outcome) == [.applied, .returned, .applied])
    }

    @Test func `a waiting order that expires or is fenced off ends in a receipt that says so`() throws {
        var story = try Story()
        let start = story.now + .minutes(5)
        try story.apply(try order(notBefore: start, expires: start + .minutes(1)))
        story.give(.linkDown)
        story.now = start + .minutes(1)
        story.give(.timer)
        try story.apply(try order(generation: 2, notBefore: story.now, expires: story.now + .minutes(1)))
        story.linkUp()
        story.carryOut()
        #expect(story.receipts.map(\.code) == ["expired", ""])

        story = try Story()
        try story.apply(try order(epoch: 1, service: "cache", notBefore: start, expires: start + .minutes(1)))
        try story.apply(try order(epoch: 2, service: "io"))
        story.now = start
        story.give(.timer)
        #expect(story.receipts.map(\.code) == ["", "epoch-below"])
    }

    @Test func `a waiting order waits on with the later expiry and the newer leader of its copy`() throws {
        var story = try Story()
        let start = story.now + .minutes(5)
        try story.apply(try order(epoch: 1, notBefore: start, expires: start + .minutes(1)))
        try story.apply(try order(epoch: 2, notBefore: start, expires: start + .minutes(9)))
        story.now = start + .minutes(2)
        story.give(.timer)
        story.carryOut()
        #expect(story.receipts.map(\.code) == [""])
    }

    @Test func `an agent that is stopping takes no order`() throws {
        var story = try Story()
        story.give(.stopping)
        try story.apply(try order())
        #expect(story.refusals == ["agent-stopping"])
    }
}
