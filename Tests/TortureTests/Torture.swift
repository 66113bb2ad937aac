import AgentLink
import AgentService
import Foundation
import Glibc
import HostDecisions
import TimeAndChance
import TrainModel

/// Something that befalls an agent.
enum Disturbance: Sendable {
    case fault(Fault)
    /// SIGKILL so long after its start.
    case kill(after_us: Int)
}

extension Disturbance: CustomStringConvertible {
    var description: String {
        switch self {
        case .fault(let fault):
            "\(fault.action) at call \(fault.at)\(fault.stays ? " and after" : "")\(fault.seed > 0 ? ", seed \(fault.seed)" : "")"
        case .kill(let after_us): "killed after \(after_us) µs"
        }
    }
}

/// Gives one host orders whose agent is disturbed, and judges every end by what is on the disk, what the hooks wrote
/// down, and what the receipt says.
struct Torture: Sendable {
    /// No answer for so long is a loss; nothing waits for it otherwise.
    static let patience = Duration.seconds(60)

    let cluster: TortureCluster
    let wares: Wares
    let host: TortureHost
    let tally: Tally

    /// The host as it is enrolled, and as it is when 1.0 runs.
    func prepare(at address: String) async throws {
        try await host.enrol(at: address)
        try host.keep(as: "enrolled")
        try await deploy(wares.old, .firstDeployment, generation: 1)
        try host.keep(as: "running")
    }

    /// The host once a new agent has been tried and sent back, so that it is on the disk; and once it runs that
    /// one, after another.
    func prepareAgents() async throws {
        guard let one = wares.new(for: .firstAgent) else { return }
        try host.restore("running")
        cluster.letIn(host.key) { [host] in host.agentVersion == nil }
        try await deploy(one, .unwelcomeAgent, generation: 2)
        cluster.letIn(host.key) { true }
        try host.keep(as: "tried")
        guard let other = wares.new(for: .newAgent) else { return }
        try await deploy(other, .firstAgent, generation: 3)
        try await deploy(one, .newAgent, generation: 4)
        try host.keep(as: "replaced")
    }

    private func deploy(_ bundle: TortureBundle, _ scenario: Scenario, generation: UInt64) async throws {
        let order = try wares.order(scenario, of: bundle, generation: generation, to: host.key)
        var run = try Run(self, scenario, order, [])
        let receipt = try await run.answer()
        // By itself: then everything is on the disk.
        try await run.stop()
        host.end()
        guard receipt?.outcome == scenario.outcome else {
            throw Unprepared(description: "\(bundle.artifact): \(receipt?.sentence ?? "no answer")")
        }
    }

    struct Unprepared: Error, CustomStringConvertible {
        let description: String
    }

    func end(of order: Order, _ fault: Fault?) async throws -> BadInputTests.Flaw.End? {
        var run = try Run(self, .deployment, order, [])
        return try await run.end(fault)
    }

    /// - Returns: whether the first disturbance, if it is a fault, was met.
    func run(_ scenario: Scenario, _ disturbances: [Disturbance]) async throws -> Bool {
        host.end()
        try host.restore(scenario.before)
        letInWho(scenario)
        let order = try wares.order(scenario, to: host.key)
        var run = try Run(self, scenario, order, disturbances)
        let receipt = try await run.answer()
        try await run.stop()
        let met = host.faultMet
        if let receipt {
            try run.judge(receipt)
            // Which agent a host starts is seen when it does.
            if met != nil || scenario.isOfAgent { try await run.giveAgain(receipt) }
        }
        host.end()
        tally.count { $0.orders += 1 }
        return met != nil
    }
}

extension Torture {
    fileprivate func letInWho(_ scenario: Scenario) {
        let unwelcome = scenario == .unwelcomeAgent ? wares.new(for: scenario)?.artifact.version.text : nil
        cluster.letIn(host.key) { [host] in unwelcome == nil || host.agentVersion != unwelcome }
    }
}

/// One order on one host, from its first sending to its last answer.
struct Run {
    private let torture: Torture
    let scenario: Scenario
    private let order: Order
    private let sealed: SealedOrder
    private var rest: [Disturbance]
    private let planned: [Disturbance]
    private var news: AsyncStream<TortureCluster.News>.Iterator
    private let desk: AsyncStream<TortureCluster.News>.Continuation
    private var killer: Task<Void, Never>?
    /// By what befalls it, and not by what it is.
    private var endings = 0
    private let hookRunsBefore: [String]
    /// Whoever mends the host lets the agent that is in trouble run.
    private var isPatient = false

    init(_ torture: Torture, _ scenario: Scenario, _ order: Order, _ disturbances: [Disturbance]) throws {
        self.torture = torture
        self.scenario = scenario
        self.order = order
        sealed = try torture.cluster.seal(order)
        rest = disturbances
        planned = disturbances
        let news = torture.cluster.news(of: torture.host.key)
        self.news = news.stream.makeAsyncIterator()
        desk = news.desk
        hookRunsBefore = try torture.host.hookRuns()
    }

    var host: TortureHost { torture.host }

    func lose(_ sentence: String) {
        let met = host.faultMet.map { " (\($0))" } ?? ""
        torture.tally.lose("\(scenario), \(planned)\(met): \(sentence)")
    }

    /// What becomes of an agent on a host where something is wrong: what it says and refuses, or what it ends with.
    mutating func end(_ fault: Fault?) async throws -> BadInputTests.Flaw.End? {
        torture.cluster.owe(sealed, to: host.key)
        try host.start(fault) { [desk] in _ = desk.yield(.ended($0)) }
        let guardian = alarm()
        defer { guardian.cancel() }
        var code: String?
        while let item = await news.next() {
            switch item {
            case .inTrouble(let trouble): code = trouble
            case .refused(let refusal): return refusal.code == "agent-in-trouble" ? code.map { .told($0) } : nil
            case .ended(let status): return .exits(status)
            case .sampled: continue
            case .overdue, .greeted, .answered: return nil
            }
        }
        return nil
    }

    /// The next samples of an agent that runs already that say what is awaited. Nil: they do not come.
    mutating func samples(where isAwaited: (HealthSamples) -> Bool) async -> HealthSamples? {
        let guardian = alarm()
        defer { guardian.cancel() }
        while let item = await news.next() {
            switch item {
            case .sampled(let samples) where isAwaited(samples): return samples
            case .ended, .overdue: return nil
            default: continue
            }
        }
        return nil
    }

    // MARK: Until an answer comes

    /// Of an agent that runs already.
    mutating func answerOfRunningAgent() async throws -> Receipt? {
        torture.cluster.owe(sealed, to: host.key)
        isPatient = true
        return try await waitForAnswer()
    }

    /// Starts the agent.
    mutating func begin() throws {
        torture.cluster.owe(sealed, to: host.key)
        try startNext()
    }

    /// Starts the agent, and starts it again after every end, until the receipt comes. Nil: it was lost.
    mutating func answer() async throws -> Receipt? {
        try begin()
        return try await waitForAnswer()
    }

    private mutating func waitForAnswer() async throws -> Receipt? {
        let guardian = alarm()
        defer {
            guardian.cancel()
            killer?.cancel()
        }
        while let item = await news.next() {
            switch item {
            case .greeted, .sampled: continue
            case .answered(let receipt) where receipt.orderDigest == sealed.digest:
                judgeProgram(receipt)
                return receipt
            // On its way since the run before, whose order had the same name.
            case .answered(let receipt) where receipt.order == order.id: continue
            // Sent again, because a crash took the note that it was stored.
            case .answered(let receipt) where receipt.generation < order.generation: continue
            case .answered(let receipt): lose("a receipt of \(receipt.order) came")
            case .refused(let refusal) where refusal.code != "agent-in-trouble":
                lose("the order was refused: \(refusal.sentence)")
                return nil
            // It has told; whoever mends the host starts it again.
            case .refused, .inTrouble: if !isPatient { host.kill() }
            case .ended(let status):
                noteEnd(status)
                guard endings < 20 else {
                    lose("the agent cannot be started any more (\(status))")
                    return nil
                }
                examine()
                try startNext()
            case .overdue:
                lose("no answer for \(Torture.patience)")
                return nil
            }
        }
        return nil
    }

    private func alarm() -> Task<Void, Never> {
        Task { [desk] in
            do { try await Task.sleep(for: Torture.patience) } catch { return }
            desk.yield(.overdue)
        }
    }

    private mutating func startNext() throws {
        killer?.cancel()
        killer = nil
        let ended: @Sendable (Int32) -> Void = { [desk] in _ = desk.yield(.ended($0)) }
        switch rest.isEmpty ? nil : rest.removeFirst() {
        case .fault(let fault): try host.start(fault, ended: ended)
        case .kill(let after_us):
            try host.start(nil, ended: ended)
            killer = Task { [host] in
                do { try await Task.sleep(for: .microseconds(after_us)) } catch { return }
                host.kill()
            }
        case nil: try host.start(nil, ended: ended)
        }
    }

    private mutating func noteEnd(_ status: Int32) {
        if scenario == .brokenAgent, status == Scenario.brokenStatus { return }
        endings += 1
        let isPowerCut = planned.contains { if case .fault(let fault) = $0 { fault.action == "power" } else { false } }
        torture.tally.count {
            if status != SIGKILL {
                $0.endings += 1
            } else if isPowerCut {
                $0.powerCuts += 1
            } else {
                $0.kills += 1
            }
        }
        let hasFault = planned.contains { if case .fault(let fault) = $0 { !fault.kills } else { false } }
        // The disk, or an agent on trial; one that could not become another. Anything else is a crash.
        let codes: [Int32] = scenario.isOfAgent ? [70, 71, 74, 77] : [74, 77]
        if status != SIGKILL, !hasFault || !codes.contains(status) { lose("the agent ended with \(status)") }
    }

    /// Ends the agent as an operator would; what is done on the way out may meet the fault as well.
    mutating func stop() async throws {
        host.terminate()
        let guardian = alarm()
        defer { guardian.cancel() }
        while let item = await news.next() {
            switch item {
            // libdispatch raises the signal once more for itself, which may come when nobody listens any more.
            case .ended(0), .ended(SIGTERM): return
            case .ended(let status):
                noteEnd(status)
                return examine()
            case .overdue:
                host.end()
                return lose("the agent does not stop")
            default: continue
            }
        }
    }

    /// The same order once more: the same answer, and nothing is done.
    mutating func giveAgain(_ receipt: Receipt) async throws {
        let before = try host.hookRuns()
        rest = []
        guard let again = try await answer() else { return }
        if again != receipt { lose("the order was answered again with \(again.outcome): \(again.sentence)") }
        if try host.hookRuns() != before { lose("the order had an effect once more") }
    }

    // MARK: Judging

    /// What must hold at any instant, an agent running or not.
    private func examine() {
        do {
            _ = try host.report(of: scenario.serviceName)
            try examineProgram()
            guard let tree = try host.current(of: scenario.serviceName) else {
                if old != nil { lose("current is gone") }
                return
            }
            if !isWhole(tree) { lose("current is no complete release: \(tree.keys.sorted())") }
        } catch {
            lose("what is on the disk cannot be read: \(error)")
        }
    }

    private var old: TortureBundle? { torture.wares.old(for: scenario) }

    private func isOld(_ tree: [String: Data]?) -> Bool { tree == old?.tree }

    private func isNew(_ tree: [String: Data]?) -> Bool {
        guard let new = torture.wares.new(for: scenario) else { return tree?.keys.sorted() == ["recipe.json"] }
        return tree == new.tree
    }

    func isWhole(_ tree: [String: Data]) -> Bool { isOld(tree) || isNew(tree) }

    func judge(_ receipt: Receipt) throws {
        torture.tally.count { $0.outcomes["\(receipt.outcome)", default: 0] += 1 }
        let met = host.faultMet
        let isUndisturbed = met == nil && endings == 0
        // Each step of its own upgrade may be done again, so one kill is no reason to go back.
        let isSpared = isUndisturbed || scenario.isOfAgent && isKilledOnly && planned.count == 1
        if isSpared, receipt.outcome != scenario.outcome {
            lose("\(isUndisturbed ? "undisturbed" : "killed once") it came to \(receipt.outcome): \(receipt.sentence)")
        }
        if receipt.outcome != .applied, receipt.sentence.isEmpty {
            lose("it does not say why it came to \(receipt.outcome)")
        }
        examine()
        judgePlace(receipt)
        try judgePicture(receipt)
        try judgeHooks()
    }

    /// What the receipt says runs is under `current`, and the service says so too.
    private func judgePlace(_ receipt: Receipt) {
        do {
            let tree = try host.current(of: scenario.serviceName)
            let version = scenario.isOfAgent ? receipt.running?.version.text : host.serviceVersion()
            let said = words(of: receipt)
            switch receipt.outcome {
            case .applied:
                if !isNew(tree) { lose("\(said), and current is not the new release") }
                if version != receipt.running?.version.text { lose("\(said), and \(version ?? "nothing") runs") }
            case .returned:
                if !isOld(tree) { lose("\(said), and current is not the old release") }
                if version != old?.artifact.version.text { lose("\(said), and \(version ?? "nothing") runs") }
            case .failed, .unknown:
                if !isOld(tree) { lose("\(said), and current is not the old release") }
                if receipt.running != nil, version != old?.artifact.version.text {
                    lose("\(said), and \(version ?? "nothing") runs")
                }
                // A kill never breaks what a way back can mend. There is none from a first deployment, and none past a
                // start hook of the old version that may have run, may not be repeated, and has not brought it up.
                if isKilledOnly, scenario != .firstDeployment, !hidesStartOfOld(receipt) {
                    lose("\(said): \(receipt.sentence)")
                }
            }
        } catch {
            lose("current leads to nothing: \(error)")
        }
    }

    func words(of receipt: Receipt) -> String {
        "\(receipt.outcome) was said (\(receipt.code) at \(receipt.failedStep?.rawValue ?? "no step"))"
    }

    private func hidesStartOfOld(_ receipt: Receipt) -> Bool {
        receipt.outcome == .unknown
            && receipt.warnings.contains { $0.hasPrefix("start on the way back: the agent stopped") }
    }

    private var isKilledOnly: Bool {
        planned.allSatisfy { if case .fault(let fault) = $0 { fault.kills } else { true } }
    }

    /// The controller believes the receipt: the host's own view must be the same.
    private func judgePicture(_ receipt: Receipt) throws {
        let memory = try host.report(of: scenario.serviceName)?.memory
        if memory?.attempt != nil || memory?.waiting != nil {
            lose("there is a receipt, and the order is still in hand")
        }
        let running = memory?.condition == .running ? memory?.current?.artifact : nil
        if receipt.running?.digest != running?.digest || receipt.running?.version != running?.version {
            lose(
                "the receipt says \(receipt.running?.version.text ?? "nothing") runs, and the host "
                    + (running?.version.text ?? "nothing")
            )
        }
    }

    /// No hook ran twice for one attempt that may not.
    private func judgeHooks() throws {
        let runs = Dictionary(grouping: try host.hookRuns()) { $0 }.mapValues(\.count)
        for (run, count) in runs where count > 1 && !run.hasSuffix(" 2.1") { lose("\(count) times: \(run)") }
        if scenario.isOfAgent, try host.hookRuns() != hookRunsBefore { lose("the service was touched") }
    }
}
