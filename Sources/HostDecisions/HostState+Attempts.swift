import OrderedCollections
import TimeAndChance
import TrainModel

/// Carrying an order out, move by move, and coming back after a crash.
extension HostState {
    /// Begins the next move of the service's attempt, or ends the attempt.
    mutating func advance(_ name: ServiceName, _ turn: inout Turn) {
        guard !isStopping, inHand[name] == nil, let attempt = memory.services[name]?.attempt else { return }
        switch attempt.next {
        case .begin(let move) where move != .recheckNew && attempt.way == .forward && attempt.deadline <= turn.now:
            let heard = name == .agent && move == .startNew ? ownTrial : nil
            record(.gaveUp(service: name, failure: timedOut(attempt, at: move, lastHeard: heard)), &turn)
            advance(name, &turn)
        case .begin(let move): begin(move, of: name, attempt, &turn)
        case .finish(let outcome): finish(name, attempt, outcome, &turn)
        }
    }

    mutating func moveEnded(_ ticket: UInt64, _ result: MoveResult, _ signs: FailureSigns, _ turn: inout Turn) {
        guard let (name, step) = inHand.first(where: { $0.value.ticket == ticket }),
            let attempt = memory.services[name]?.attempt
        else { return }
        inHand[name] = nil
        var result = result
        if step.isCancelled {
            let failure = timedOut(attempt, at: step.move, lastHeard: step.said.isEmpty ? nil : step.said)
            result.verdict = .failed(code: failure.code, sentence: failure.sentence)
        } else if let lie = wrongVersion(step.move, attempt, result) {
            result.verdict = lie
        }
        result.rule = rule(for: result, signs, of: step.move, attempt)
        record(.moveEnded(service: name, move: step.move, result: result, at: turn.now), &turn)
        advance(name, &turn)
    }

    mutating func said(_ ticket: UInt64, _ text: String, fetched_bytes: UInt64 = 0, _ turn: inout Turn) {
        guard let (name, step) = inHand.first(where: { $0.value.ticket == ticket }),
            let attempt = memory.services[name]?.attempt
        else { return }
        inHand[name]?.said = text.prefix(bytes_max: OrderProgress.text_bytes_max)
        tellProgress(of: attempt, step.move, fetched_bytes: fetched_bytes, &turn)
    }

    /// Goes on where the journal ends. A move that may run again does; one that may not is unknown for ever.
    mutating func recover(_ turn: inout Turn) {
        for (name, service) in memory.services {
            if let attempt = service.attempt {
                if let open = attempt.open, !attempt.isRepeatable(open.move) {
                    var unknown = MoveResult(.unknown)
                    unknown.rule = rule(for: unknown, FailureSigns(), of: open.move, attempt)
                    record(.moveEnded(service: name, move: open.move, result: unknown, at: turn.now), &turn)
                }
                advance(name, &turn)
            } else if let current = service.current {
                startWatch(name, current, &turn)
            }
        }
    }

    func tellProgress(
        of attempt: Attempt,
        _ move: Move,
        fetched_bytes: UInt64 = 0,
        _ turn: inout Turn
    ) {
        let progress = OrderProgress(
            order: attempt.order.id,
            step: attempt.way == .forward ? move.step : .return,
            fetched_bytes: fetched_bytes,
            links: attempt.links,
            at: turn.now,
            text: inHand[attempt.order.service]?.said ?? ""
        )
        send(.progress(progress), &turn)
    }

    // MARK: One move

    private mutating func begin(_ move: Move, of name: ServiceName, _ attempt: Attempt, _ turn: inout Turn) {
        record(.moveBegan(service: name, move: move, at: turn.now), &turn)
        let ticket = nextTicket()
        let deadline = deadline(of: move, attempt, turn.now)
        inHand[name] = MoveInHand(ticket: ticket, move: move, deadline: deadline)
        let order = MoveOrder(
            ticket: ticket,
            order: attempt.order.id,
            service: name,
            move: move,
            deployment: move.concernsOld ? attempt.old : attempt.new,
            purpose: attempt.way == .forward ? Purpose(attempt.order.action) : .return,
            previous: attempt.old?.artifact.version,
            lookUps: move == .diagnose ? attempt.lookUps : [],
            deadline: deadline
        )
        tellProgress(of: attempt, move, &turn)
        turn.actions.append(.run(order))
    }

    private func deadline(of move: Move, _ attempt: Attempt, _ now: Instant) -> Instant {
        // A step that took too long may have worked all the same, so looking has a time of its own.
        if move == .recheckNew { return now + attempt.recheckPatience }
        // Each look-up has an end of its own; this is for all of them.
        if move == .diagnose { return now + LookUp.timeout * 2 }
        // The way back has no end of its own: each of its moves gets as long as the whole order had.
        return attempt.way == .forward ? attempt.deadline : now + attempt.order.timeout
    }

    /// The name of the order's first rule that matches what turns an attempt round.
    private func rule(
        for result: MoveResult,
        _ signs: FailureSigns,
        of move: Move,
        _ attempt: Attempt
    ) -> String? {
        guard attempt.way == .forward, move != .recheckNew, !attempt.isForgiven(move) else { return nil }
        switch result.verdict {
        case .passed, .unpacked: return nil
        case .failed(_, let sentence): return attempt.order.rule(for: signs, step: move.step, sentence: sentence)?.name
        case .unknown: return attempt.order.rule(for: signs, step: move.step, sentence: "")?.name
        }
    }

    /// - Parameter lastHeard: how far the move had come.
    private func timedOut(_ attempt: Attempt, at move: Move, lastHeard: String?) -> Attempt.Failure {
        let sentence =
            "the order was not carried out within \(attempt.order.timeout)"
            + (lastHeard.map { "; last heard: \($0)" } ?? "")
        return Attempt.Failure(
            step: move.step,
            code: "timed-out",
            sentence: sentence,
            isUnknown: false,
            rule: attempt.order.rule(for: FailureSigns(), step: move.step, sentence: sentence)?.name
        )
    }

    /// A verify hook that names another version than the one just started has not passed.
    private func wrongVersion(_ move: Move, _ attempt: Attempt, _ result: MoveResult) -> MoveResult.Verdict? {
        guard move.hook == .verify, result.hasPassed, let seen = result.version else { return nil }
        let wanted = (move.concernsOld ? attempt.old : attempt.new)?.artifact.version
        guard seen != wanted else { return nil }
        let sentence = "the verify hook says that \(seen) is running, not \(wanted?.text ?? "nothing")"
        return .failed(code: "wrong-version", sentence: sentence)
    }

    // MARK: The end of an attempt

    private mutating func finish(
        _ name: ServiceName,
        _ attempt: Attempt,
        _ outcome: Receipt.Outcome,
        _ turn: inout Turn
    ) {
        let current = outcome == .applied ? attempt.new : attempt.old
        let condition = outcome == .applied ? .running : attempt.conditionAfterWayBack
        let receipt = receipt(of: attempt, outcome, running: condition == .running ? current : nil, turn.now)
        record(.finished(receipt: receipt, current: current, condition: condition), &turn)
        flaws[name] = nil
        if name == .agent { ownTrial = nil }
        send(.receipt(receipt), &turn)
        // What failed leaves a release behind, too.
        let service = memory.services[name] ?? ServiceMemory()
        turn.actions.append(.prune(name, keep: [service.current, service.previous].compactMap(\.self)))
        if let current { startWatch(name, current, &turn) }
        beginAllWaiting(&turn)
    }

    private func receipt(
        of attempt: Attempt,
        _ outcome: Receipt.Outcome,
        running: Deployment?,
        _ now: Instant
    ) -> Receipt {
        var receipt = blankReceipt(for: attempt.order, attempt.orderDigest, accepted: attempt.accepted, now)
        receipt.outcome = outcome
        receipt.running = running?.receiptLine
        receipt.links = attempt.links
        receipt.warnings = attempt.warnings
        receipt.steps = attempt.traces.map(stepOutcome)
        if let failure = attempt.failure {
            receipt.failedStep = failure.step
            receipt.code = failure.code
            receipt.rule = failure.rule ?? ""
            receipt.findings = attempt.findings
            receipt.sentence = "\(failure.sentence); \(aftermath(of: attempt, outcome, running))"
        }
        return receipt
    }

    private func stepOutcome(_ trace: Attempt.Trace) -> Receipt.StepOutcome {
        let tail = trace.result?.outputTail ?? ""
        return Receipt.StepOutcome(
            step: trace.way == .forward ? trace.move.step : .return,
            started: trace.began,
            finished: trace.ended ?? trace.began,
            outputTail: trace.way == .forward ? tail : "\(trace.move.wordOnWayBack): \(tail)".prefix(bytes_max: 2_048)
        )
    }

    private func aftermath(of attempt: Attempt, _ outcome: Receipt.Outcome, _ running: Deployment?) -> String {
        switch (outcome, running) {
        case (.returned, let running?) where attempt.order.action == .restart:
            "this host runs \(running.artifact.version) again as it was started before"
        case (.returned, let running?) where attempt.isDisturbed:
            "this host went back to \(running.artifact.version)"
        case (.returned, let running?): "this host runs \(running.artifact.version) as before"
        case (.returned, nil) where attempt.isDisturbed: "the agent that was installed on this host runs again"
        case (.returned, nil): "nothing was changed on this host"
        case (_, let running?): "it went back to \(running.artifact.version), which is not healthy"
        case (_, nil) where attempt.old == nil: "there was no version to go back to"
        case (_, nil): "the way back failed; look at the service on this host"
        }
    }
}
