import Calendars
import Foundation
import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Histories drawn from a seed: controllers that come and go, people who act, a registry and a branch that answer or not.
@Suite struct GeneratedScheduleTests {
    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func `every departure of the schedule is accounted for once, whatever happens to controllers`(_ seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<50 { world.step() }
        world.yard.run(.days(2))
        #expect(world.departuresTwice.isEmpty, "seed \(seed)")
        #expect(world.departuresLost.isEmpty, "seed \(seed)")
        #expect(world.alarmsRaisedTwice.isEmpty, "seed \(seed)")
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the same history gives the same state`(_ seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<40 { world.step() }
        var state = TrainState(cluster: Yard.name("test"))
        for (event, at) in world.yard.log { state.apply(event, at: at) }
        #expect(state.schedule == world.yard.train.state.schedule, "seed \(seed)")
        let stored = try JSONEncoder().encode(state.schedule)
        #expect(try JSONDecoder().decode(ScheduleState.self, from: stored) == state.schedule, "seed \(seed)")
    }
}

private struct World {
    var yard = Yard()
    private var chance: SeededGenerator
    private var version = 0
    private let began: Instant
    private let rule: TrainRule

    init(seed: UInt64) {
        chance = SeededGenerator(seed: seed)
        began = yard.now
        var rule = Yard.trainRule("Mon-Sun", "08:00", Yard.berlin)
        rule.atLeastEvery = .days(2)
        rule.candidates = CandidateRule(
            cut: Yard.schedule("Mon-Fri", "02:00", Yard.kolkata),
            zone: Yard.kolkata,
            repository: "shop",
            branch: "main"
        )
        self.rule = rule
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: rule))
    }

    mutating func step() {
        yard.hostsObey = Int.random(in: 0..<10, using: &chance) > 0
        yard.channelsAnswer = Int.random(in: 0..<10, using: &chance) > 0
        switch Int.random(in: 0..<100, using: &chance) {
        case ..<30: yard.run(.minutes(.random(in: 1...600, using: &chance)))
        case ..<45: yard.run(.milliseconds(.random(in: 1...5_000, using: &chance)))
        case ..<60:
            yard.now = yard.now + .minutes(.random(in: 0...3_000, using: &chance))
            yard.restart()
        case ..<75:
            version += 1
            yard.push("\(version)", commit: "commit-\(version)")
        case ..<80: _ = yard.register(Yard.plan(train: rule))
        case ..<85: _ = yard.tell(.departNow(Yard.name("shop")))
        case ..<90:
            let found = FoundChanges(commit: "commit-\(version + 1)", changes: [Yard.change("c\(version)")])
            yard.give(.changesFound(Yard.name("shop"), .success(found)))
        case ..<95: yard.tell(.freeze(plan: nil, until: yard.now + .hours(20), reason: "holiday"))
        default:
            for release in yard.train.state.releases.values where release.isActive {
                yard.tell(.abort(release.id, reason: "stuck"))
            }
        }
    }

    private var scheduled: [Instant] {
        yard.log.compactMap { entry in
            guard case .trainDeparted(let departed) = entry.event, departed.by == nil else { return nil }
            return departed.at
        }
    }

    var departuresTwice: [Instant] {
        Dictionary(grouping: scheduled) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    }

    /// Of those in a time in which a controller ran within the hour after them.
    var departuresLost: [Instant] {
        let due = rule.departs?.occurrences(from: began, to: yard.now) ?? []
        let awake = yard.log.map(\.at)
        return due.filter { instant in
            !scheduled.contains(instant) && awake.contains { $0 >= instant && $0 - instant < .hours(1) }
        }
    }

    /// Raised again without having been cleared.
    var alarmsRaisedTwice: [String] {
        var raised: Set<String> = []
        var twice: [String] = []
        for (event, _) in yard.log {
            switch event {
            case .alarmRaised(let event):
                let key = "\(event.alarm.kind) \(event.alarm.subject)"
                if !raised.insert(key).inserted { twice.append(key) }
            case .alarmCleared(let event): raised.remove("\(event.kind) \(event.subject)")
            default: break
            }
        }
        return twice
    }
}
