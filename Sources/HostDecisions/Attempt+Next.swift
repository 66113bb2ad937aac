import TimeAndChance
import TrainModel

/// What an attempt needs next.
enum NextOfAttempt: Hashable {
    case begin(Move)
    case finish(Receipt.Outcome)
}

extension Attempt {
    /// A pure reading of the traces: the first needed move without an end, or the outcome when there is none.
    var next: NextOfAttempt {
        if doubt != nil { return .begin(.recheckNew) }
        let moves = way == .forward ? wayForward : lookingUp + wayBack
        if let move = moves.first(where: { !hasEnded($0, on: way) }) { return .begin(move) }
        return .finish(way == .forward ? .applied : outcomeOfWayBack)
    }

    /// What the rule that matched has this host look up, while what failed still stands there.
    var lookUps: [LookUp] { order.rule(named: failure?.rule)?.commands ?? [] }

    /// How long a recheck may take: as long as the order's own check of the running version, or a minute.
    var recheckPatience: Interval {
        let check = order.checks.first { $0.kind == .runningVersion }
        return check.map { $0.limit + $0.within } ?? .minutes(1)
    }

    /// What ran before was touched, so there is something to undo.
    var isDisturbed: Bool { [.drainOld, .stopOld, .switchToNew, .startNew].contains(where: hasBegun) }

    /// After the way back: whether the old deployment runs.
    var conditionAfterWayBack: Condition {
        guard isDisturbed else { return oldCondition }
        return outcomeOfWayBack == .returned || result(of: .startOld)?.hasPassed == true ? .running : .uncertain
    }

    private var wayForward: [Move] {
        (order.action == .restart ? Move.restart : Move.forward).filter(isNeededForward)
    }

    private var lookingUp: [Move] { lookUps.isEmpty ? [] : [.diagnose] }

    private func isNeededForward(_ move: Move) -> Bool {
        switch move {
        case .fetch: order.recipe == nil
        case .drainOld: oldCondition == .running && hasHook(move)
        case .stopOld, .installNew, .startNew, .verifyNew: hasHook(move)
        case .smokeNew: !order.checks.isEmpty
        default: true
        }
    }

    /// Stop the new, switch back, start the old and look at it; only what is needed for what was begun.
    ///
    /// `start` also ends what `drain` began, so a service that was drained but not stopped is stopped and started.
    private var wayBack: [Move] {
        guard isDisturbed else { return [] }
        var moves: [Move] = []
        if hasBegun(.startNew), hasHook(.stopNew) { moves.append(.stopNew) }
        if hasBegun(.switchToNew) { moves.append(.switchToOld) }
        if hasHook(.stopOld), mustStopOldOnWayBack { moves.append(.stopOld) }
        moves += [.startOld, .verifyOld].filter(hasHook)
        if let old, !old.checks.isEmpty { moves.append(.smokeOld) }
        return moves
    }

    /// The old still runs drained, or stopping it failed and may be tried again.
    private var mustStopOldOnWayBack: Bool {
        guard let trace = last(.stopOld, on: .forward) else { return !hasBegun(.switchToNew) }
        return trace.result?.hasPassed != true && isRepeatable(.stopOld)
    }

    /// A start that failed or is unknown is believed to have worked only when something looked and saw the service.
    private var outcomeOfWayBack: Receipt.Outcome {
        guard isDisturbed else { return .returned }
        let looks = [result(of: .verifyOld), result(of: .smokeOld)].compactMap(\.self)
        let switched = result(of: .switchToOld)?.hasPassed ?? true
        let started = result(of: .startOld)?.hasPassed ?? true
        let seen = looks.contains { $0.hasPassed && $0.sawNothing != true }
        let missed = looks.contains { $0.failureSentence != nil }
        if old != nil || order.service == .agent, switched, !missed, started || seen { return .returned }
        let isUnknown = failure?.isUnknown == true || result(of: .startOld)?.verdict == .unknown
        return isUnknown ? .unknown : .failed
    }

    // MARK: Reading the traces

    private func hasHook(_ move: Move) -> Bool {
        guard let hook = move.hook else { return false }
        return repetition(of: hook, concernsOld: move.concernsOld) != nil
    }

    func hasBegun(_ move: Move) -> Bool { traces.contains { $0.move == move } }

    private func hasEnded(_ move: Move, on way: Way) -> Bool { last(move, on: way)?.result != nil }

    private func last(_ move: Move, on way: Way) -> Trace? {
        traces.last { $0.move == move && $0.way == way }
    }

    private func result(of move: Move) -> MoveResult? { traces.last { $0.move == move }?.result }
}
