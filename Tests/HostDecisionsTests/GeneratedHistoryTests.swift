import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

/// One host, its disk and its services, with chance from one seed. A crash may come at any journal record: the record
/// is written or torn away, and nothing behind it in the list of actions happens. Half of the crashes are power cuts,
/// which lose any number of records that were not flushed.
struct World {
    var chance: SeededGenerator
    var state: HostState
    var now = Instant(unix_ms: 1_000_000)
    var disk: [JournalRecord] = []
    /// So many records of the disk survive a power cut.
    var flushed = 0
    var running: [MoveOrder] = []
    var isLinkUp = false
    var crashesLeft: Int
    /// Crash at the record with this number, counted over the whole history; nil: by chance.
    var crashAt: Int?
    var recordsWritten = 0
    var crashes = 0

    // What the tests assert on.
    var hookRuns: [String: Int] = [:]
    var started: [ServiceName: [UInt64]] = [:]
    var epochsStarted: [UInt64] = []
    var taken: Set<OrderID> = []
    var receipts: [OrderID: Set<Receipt>] = [:]
    let hooks: DeclaredHooks
    let failurePercent: Int

    init(seed: UInt64, hooks: DeclaredHooks, failurePercent: Int, crashes: Int, crashAt: Int? = nil) throws {
        chance = SeededGenerator(seed: seed)
        self.hooks = hooks
        self.failurePercent = failurePercent
        self.crashAt = crashAt
        crashesLeft = crashes
        state = HostState(identity: try host(), memory: HostMemory(), recipes: [try name("kubernetes")])
        give(.started)
    }

    mutating func give(_ input: HostInput) {
        var inputs = [input]
        while let input = inputs.popLast() {
            for action in state.handle(input, now: now) where !perform(action) {
                restart()
                inputs = [.started]
                break
            }
        }
    }

    /// Returns false when the agent died instead.
    private mutating func perform(_ action: HostAction) -> Bool {
        switch action {
        case .journal(let record):
            recordsWritten += 1
            let dies = crashAt.map { $0 == recordsWritten } ?? (Int.random(in: 0..<20, using: &chance) == 0)
            let isTorn = Bool.random(using: &chance)
            if !(dies && crashesLeft > 0 && isTorn) { write(record) }
            if dies, crashesLeft > 0 { return false }
        case .compactJournal(let memory):
            disk = [.snapshot(memory)]
            flushed = 1
        case .run(let order): run(order)
        case .send(.receipt(let receipt)): receipts[receipt.order, default: []].insert(receipt)
        case .cancel, .send, .startWatch, .stopWatch, .wake, .prune: break
        }
        return true
    }

    private mutating func write(_ record: JournalRecord) {
        disk.append(record)
        if !record.mayBeLost { flushed = disk.count }
        if case .taken(let waiting) = record { taken.insert(waiting.order.id) }
    }

    private mutating func run(_ order: MoveOrder) {
        running.append(order)
        if let hook = order.move.hook { hookRuns["\(order.order) \(order.move) \(hook)", default: 0] += 1 }
        if order.move == .startNew, let generation = order.deployment?.generation {
            started[order.service, default: []].append(generation)
        }
    }

    private mutating func restart() {
        crashesLeft -= 1
        crashes += 1
        running = []
        if Bool.random(using: &chance) {
            disk.removeLast(Int.random(in: 0...disk.count - flushed, using: &chance))
        }
        flushed = disk.count
        do {
            state = HostState(
                identity: state.identity,
                memory: try HostMemory(replaying: disk),
                records: disk.count,
                recipes: state.recipes
            )
        } catch {
            Issue.record("the journal contradicts itself: \(error)")
        }
        isLinkUp = false
    }

    mutating func toggleLink() {
        isLinkUp.toggle()
        give(isLinkUp ? .linkUp : .linkDown)
        if isLinkUp { give(.clockRead(ClockReading(ahead: .zero, error: .zero))) }
    }

    mutating func endOneMove() {
        guard !running.isEmpty else { return }
        let order = running.remove(at: Int.random(in: 0..<running.count, using: &chance))
        now = now + .milliseconds(5)
        let signs = FailureSigns(output: Bool.random(using: &chance) ? "BadGatewayConnection" : "", exitCode: 1)
        give(.moveEnded(ticket: order.ticket, result(of: order), signs: signs))
    }

    private mutating func result(of order: MoveOrder) -> MoveResult {
        if Int.random(in: 0..<100, using: &chance) < failurePercent {
            return MoveResult(.failed(code: "broken", sentence: "\(order.move) is broken"))
        }
        return MoveResult(order.move == .unpack ? .unpacked(hooks) : .passed, findings: findings(of: order))
    }

    private func findings(of order: MoveOrder) -> [Finding]? {
        order.move == .diagnose ? order.lookUps.map { Finding(name: $0.name, text: "found") } : nil
    }

    /// No more faults: everything that was begun comes to its end.
    mutating func settle() {
        crashesLeft = 0
        if !isLinkUp { toggleLink() }
        for _ in 0..<10_000 {
            if running.isEmpty { break }
            endOneMove()
        }
        now = now + .minutes(20)
        give(.timer)
        acknowledgeReceipts()
    }

    mutating func acknowledgeReceipts() {
        for order in state.memory.unsentReceipts.map(\.order) { give(.receiptStored(order)) }
    }
}

@Suite struct GeneratedHistoryTests {
    private let mixedHooks = DeclaredHooks(
        drain: .once,
        stop: .repeatable,
        install: .once,
        start: .once,
        verify: .repeatable
    )

    /// One that is often false, and one that looks things up.
    private var rules: [FailureRule] {
        var gateway = FailureRule(name: "gateway", action: .verify)
        gateway.match.output = "BadGateway"
        var other = FailureRule(name: "other", action: .asUsual)
        other.match.exitCode = 1
        other.diagnose = [Diagnosis(name: "log", kind: .command(["tail", "log"]))]
        return [gateway, other]
    }

    private func action(_ chance: inout SeededGenerator) -> Order.Action {
        switch Int.random(in: 0..<8, using: &chance) {
        case 0, 1: .rollBack
        case 2, 3: .restart
        default: .deploy
        }
    }

    private func history(seed: UInt64) throws -> World {
        var world = try World(seed: seed, hooks: mixedHooks, failurePercent: 6, crashes: 40)
        var generation: [String: UInt64] = [:]
        var epoch: UInt64 = 1
        for _ in 0..<200 {
            switch Int.random(in: 0..<100, using: &world.chance) {
            case 0..<12:
                let service = Bool.random(using: &world.chance) ? "cache" : "io"
                let newest = generation[service, default: 0] + 1
                generation[service] = newest
                let lag = UInt64.random(in: 0...2, using: &world.chance)
                if Int.random(in: 0..<10, using: &world.chance) == 0 { epoch += 1 }
                let sent = try order(
                    version: UInt8.random(in: 1...5, using: &world.chance),
                    generation: newest > lag ? newest - lag : newest,
                    attempt: UInt32.random(in: 1...3, using: &world.chance),
                    epoch: UInt64.random(in: max(1, epoch - 1)...epoch, using: &world.chance),
                    service: service,
                    action: action(&world.chance),
                    recipe: Int.random(in: 0..<3, using: &world.chance) == 0 ? "kubernetes" : nil,
                    failures: rules,
                    notBefore: world.now,
                    expires: world.now + .minutes(2)
                )
                for _ in 0..<Int.random(in: 1...3, using: &world.chance) {
                    world.give(.order(sent, digest: try digest(7)))
                }
            case 12..<20: world.toggleLink()
            case 20..<24:
                world.now = world.now + .milliseconds(Int64.random(in: 0...30_000, using: &world.chance))
                world.give(.timer)
            case 24..<28:
                if let receipt = world.receipts.keys.min(by: { $0.text < $1.text }) {
                    world.give(.receiptStored(receipt))
                }
            default: world.endOneMove()
            }
        }
        world.settle()
        return world
    }

    @Test func `whatever happens, effects happen once, in order, and every order gets one receipt`() throws {
        let count = LongRun.size(150, long: 15_000)
        var lost = 0
        for seed in 0..<count {
            let complaints = try complaints(about: history(seed: UInt64(seed)))
            #expect(complaints == [], "seed \(seed)")
            if !complaints.isEmpty { lost += 1 }
        }
        LongRun.tell("drawn orders to a host that crashes at any record", count, "histories", lost: lost)
    }

    private func complaints(about world: World) throws -> [String] {
        var complaints: [String] = []
        for (run, count) in world.hookRuns where !run.hasSuffix("stop") && !run.hasSuffix("verify") && count != 1 {
            complaints.append("\(run) ran \(count) times")
        }
        for (service, generations) in world.started where generations != generations.sorted() {
            complaints.append("\(service) went back in generations")
        }
        for order in world.taken where world.receipts[order]?.count != 1 {
            complaints.append("\(order) has not exactly one receipt")
        }
        if !Set(world.receipts.keys).isSubset(of: world.taken) { complaints.append("an order not taken was answered") }
        for service in world.state.memory.all where service.attempt != nil || service.waiting != nil {
            complaints.append("work was left undone")
        }
        if try HostMemory(replaying: world.disk) != world.state.memory { complaints.append("the disk says otherwise") }
        return complaints
    }

    @Test func `the generated histories really crash, apply, return and fail`() throws {
        var outcomes: Set<Receipt.Outcome> = []
        var rules: Set<String> = []
        var findings = 0
        var forgiven = 0
        var crashes = 0
        for seed in 0..<150 {
            let world = try history(seed: UInt64(seed))
            crashes += world.crashes
            for receipt in world.receipts.values.flatMap({ $0 }) {
                outcomes.insert(receipt.outcome)
                rules.insert(receipt.rule)
                findings += receipt.findings.count
                if receipt.outcome == .applied { forgiven += receipt.warnings.count }
            }
        }
        #expect(rules == ["", "gateway", "other"])
        #expect(findings > 20)
        #expect(forgiven > 20)
        #expect(outcomes == Set(Receipt.Outcome.allCases))
        #expect(crashes > 500)
    }

    @Test func `the same seed gives the same history`() throws {
        #expect(try history(seed: 5).disk == history(seed: 5).disk)
    }

    /// One upgrade; the agent dies at the record with the given number, before or after it is durable by the seed.
    private func upgrade(crashAt: Int?, seed: UInt64) throws -> World {
        var world = try World(
            seed: seed,
            hooks: allHooksRepeatable,
            failurePercent: 0,
            crashes: crashAt == nil ? 0 : 1,
            crashAt: crashAt
        )
        world.toggleLink()
        for version in [UInt8(1), 2] {
            // The controller sends again until it has a receipt.
            for _ in 0..<3 {
                if !world.isLinkUp { world.toggleLink() }
                let sent = try order(
                    version: version,
                    generation: UInt64(version),
                    notBefore: Instant(unix_ms: 1_000_000),
                    expires: Instant(unix_ms: 1_000_000) + .minutes(2)
                )
                world.give(.order(sent, digest: try digest(7)))
                for _ in 0..<30 { world.endOneMove() }
                world.acknowledgeReceipts()
            }
        }
        world.settle()
        return world
    }

    @Test func `a crash at any record of an upgrade with repeatable hooks ends in the same state`() throws {
        let undisturbed = try upgrade(crashAt: nil, seed: 0)
        let end = try #require(undisturbed.state.memory.all.first)
        for record in 1...undisturbed.recordsWritten {
            for seed in 0..<UInt64(4) {
                let world = try upgrade(crashAt: record, seed: seed)
                let service = try #require(world.state.memory.all.first)
                #expect(world.crashes == 1)
                #expect(service.current == end.current, "crash at record \(record)")
                #expect(service.healthy == end.healthy)
                #expect(service.answers.map(\.receipt.outcome) == end.answers.map(\.receipt.outcome))
            }
        }
    }
}
