import TimeAndChance
import TrainModel

/// One order being carried out, as the journal knows it. What to do next follows from this value alone, so that an
/// agent that crashed goes on exactly as one that did not.
public struct Attempt: Hashable, Sendable, Codable {
    public let order: Order
    /// SHA-256 of the payload of the order's envelope.
    public let orderDigest: Digest
    /// When the order was journalled.
    public let accepted: Instant
    /// When the work began; the order's time limit counts from here.
    public let began: Instant
    /// What the host had under `current` at that moment; nil: nothing.
    public let old: Deployment?
    public let oldCondition: Condition
    public private(set) var new: Deployment
    /// Every move begun, in order.
    public private(set) var traces: [Trace] = []
    /// A failure that its rule takes for a false one, until a recheck has shown whether the ordered version runs.
    public private(set) var doubt: Failure?
    /// Set once, by whatever first went wrong; from then on the way is back.
    public private(set) var failure: Failure?
    public private(set) var links: [String] = []
    public private(set) var warnings: [String] = []

    /// A move that was begun; without a result it is still running, or a crash came between.
    public struct Trace: Hashable, Sendable, Codable {
        public let move: Move
        public let way: Way
        public let began: Instant
        public internal(set) var ended: Instant?
        public internal(set) var result: MoveResult?
    }

    /// What turned the attempt round.
    public struct Failure: Hashable, Sendable, Codable {
        public let step: Step
        public let code: String
        public let sentence: String
        /// A crash hid the outcome of a step that may not be repeated.
        public let isUnknown: Bool
        /// The name of the order's failure rule that matched; nil: none did.
        public let rule: String?
    }

    init(waiting: WaitingOrder, began: Instant, old: Deployment?, oldCondition: Condition) {
        order = waiting.order
        orderDigest = waiting.digest
        accepted = waiting.accepted
        self.began = began
        self.old = old
        self.oldCondition = oldCondition
        new = Deployment(waiting.order, restarting: waiting.order.action == .restart ? old : nil)
    }

    public var way: Way { failure == nil ? .forward : .back }
    public var deadline: Instant { began + order.timeout }
    /// What the look-ups of the rule that matched found.
    public var findings: [Finding] { traces.flatMap { $0.result?.findings ?? [] } }

    /// The move begun and not known to have ended.
    public var open: Trace? {
        guard let last = traces.last, last.result == nil else { return nil }
        return last
    }

    /// True: the move may run again after a crash hid its outcome.
    public func isRepeatable(_ move: Move) -> Bool {
        guard let hook = move.hook else { return true }
        return repetition(of: hook, concernsOld: move.concernsOld) == .repeatable
    }

    /// Nil: there is no such hook. Before its first deployment the agent is the one that was installed on the host.
    func repetition(of hook: HookName, concernsOld: Bool) -> DeclaredHooks.Repetition? {
        guard concernsOld else { return new.hooks[hook] }
        return (old?.hooks ?? (order.service == .agent ? .ofOwnProgram : DeclaredHooks()))[hook]
    }

    // MARK: Steps that the journal records

    mutating func begin(_ move: Move, at now: Instant) {
        if open?.move == move { traces.removeLast() }
        traces.append(Trace(move: move, way: way, began: now))
    }

    /// Returns false where no such move is open, which only a damaged journal can ask for.
    mutating func end(_ move: Move, _ result: MoveResult, at now: Instant) -> Bool {
        guard open?.move == move else { return false }
        traces[traces.count - 1].ended = now
        traces[traces.count - 1].result = result
        for link in result.links where !links.contains(link) && links.count < MoveResult.links_max {
            links.append(link)
        }
        add(result.warnings)
        if case .unpacked(let hooks) = result.verdict { new.hooks = hooks }
        turnRound(after: move, result)
        return true
    }

    mutating func giveUp(_ failure: Failure) {
        if self.failure == nil { self.failure = failure }
    }

    private mutating func turnRound(after move: Move, _ result: MoveResult) {
        switch result.verdict {
        case _ where move == .recheckNew: settleDoubt(result)
        case .passed, .unpacked: break
        case .failed(_, let sentence) where way == .back || isForgiven(move):
            add(["\(move.wordOnWayBack) on the way \(way): \(sentence)"])
        case .failed(let code, let sentence):
            let new = Failure(step: move.step, code: code, sentence: sentence, isUnknown: false, rule: result.rule)
            if order.rule(named: new.rule)?.action == .verify, move.mayHaveWorked { doubt = new } else { failure = new }
        case .unknown where way == .back:
            add(["\(move.step) on the way back: the agent stopped in the middle, outcome unknown"])
        case .unknown:
            failure = Failure(
                step: move.step,
                code: "unknown-after-crash",
                sentence: "the agent stopped while the \(move.step) hook ran; the hook is not declared repeatable, "
                    + "so it was not run again",
                isUnknown: true,
                rule: result.rule
            )
        }
    }

    /// The step counts as passed when the ordered version runs; otherwise it had failed when it said so.
    private mutating func settleDoubt(_ result: MoveResult) {
        guard let doubt else { return }
        self.doubt = nil
        if result.hasPassed {
            let rule = doubt.rule ?? ""
            add(["\(doubt.step) failed, and \(new.artifact.version) runs (rule \(rule)): \(doubt.sentence)"])
        } else {
            failure = doubt
        }
    }

    private mutating func add(_ more: [String]) {
        for warning in more where warnings.count < MoveResult.warnings_max { warnings.append(warning) }
    }

    /// Stopping what may not run at all is allowed to fail.
    func isForgiven(_ move: Move) -> Bool { move == .stopOld && oldCondition == .uncertain }
}
