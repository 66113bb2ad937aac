import OrderedCollections
import TimeAndChance
import TrainModel

/// Which orders a host takes, and when those it took begin.
extension HostState {
    mutating func consider(_ order: Order, _ digest: Digest, _ turn: inout Turn) {
        if let reason = misdirection(of: order) { return refuse(order, reason, &turn) }
        if answerAgain(order, digest, &turn) { return }
        if let reason = objection(to: order, now: turn.now) { return refuse(order, reason, &turn) }
        take(order, digest, &turn)
        beginWaiting(order.service, &turn)
    }

    /// Begins the service's waiting order when nothing is in hand and its time has come; ends one that cannot begin.
    mutating func beginWaiting(_ name: ServiceName, _ turn: inout Turn) {
        guard let service = memory.services[name], let waiting = service.waiting else { return }
        if let reason = hindrance(of: waiting.order, now: turn.now) {
            answerUnbegun(waiting, code: reason.code, sentence: reason.sentence, &turn)
            if name == .agent { beginAllWaiting(&turn) }
            return
        }
        guard service.attempt == nil, isLinkUp, !isStopping, let clock, !clock.isOff,
            turn.now >= waiting.order.notBefore, mayBegin(name, turn)
        else { return }
        stopWatch(name, &turn)
        record(.attemptBegan(service: name, at: turn.now), &turn)
        advance(name, &turn)
    }

    // MARK: Judging an order

    private func misdirection(of order: Order) -> RefusalReason? {
        if order.cluster != identity.cluster { return .wrongCluster(own: identity.cluster) }
        if order.region != identity.key.region { return .wrongRegion(own: identity.key.region) }
        if !order.hosts.contains(identity.key.host) { return .notInBatch(own: identity.key.host) }
        return nil
    }

    private func objection(to order: Order, now: Instant) -> RefusalReason? {
        if isStopping { return .stopping }
        if order.epoch < memory.epochHighest { return .epochBelow(highest: memory.epochHighest) }
        let service = memory.services[order.service] ?? ServiceMemory()
        if order.generation < service.newest.generation { return .generationBelow(newest: service.newest.generation) }
        if OrderRank(order) <= service.newest { return .attemptBelow(newest: service.newest.attempt) }
        let lifetime = order.expires - order.notBefore
        if lifetime <= .zero || lifetime > Order.lifetime_max { return .lifetimeTooLong(lifetime) }
        // Sending it again would not help, so it must not look like an order that was merely late.
        if let clock, clock.isOff { return .clockOff(clock) }
        if now >= order.expires { return .expired(at: order.expires, now: now) }
        if order.notBefore > now + Order.lifetime_max { return .notBeforeTooFar(order.notBefore) }
        if order.action == .rollBack, !service.healthy.contains(order.artifact.digest) {
            return .neverHealthyHere(order.artifact.version)
        }
        if let flaw = order.flaw { return .unreadablePattern(of: flaw.whose, flaw: flaw.sentence) }
        return shortage(for: order)
    }

    /// What this host lacks to carry the order out. What an order in hand leaves behind is seen when that has ended.
    private func shortage(for order: Order) -> RefusalReason? {
        let service = memory.services[order.service]
        if order.service == .agent {
            let isBundle = order.recipe == nil && order.action != .restart
            return mayBeReplaced && isBundle ? nil : .agentNotReplaceable(isAllowed: mayBeReplaced)
        }
        guard order.action == .restart else {
            return order.recipe.flatMap { recipes.contains($0) ? nil : .recipeNotAllowed($0) }
        }
        guard service?.attempt == nil else { return nil }
        guard let current = service?.current else { return .nothingRuns(order.service) }
        if let recipe = current.recipe?.name, !recipes.contains(recipe) { return .recipeNotAllowed(recipe) }
        return current.hooks.start == nil ? .notRestartable(current.artifact.version) : nil
    }

    /// What may have changed since a waiting order was taken.
    private func hindrance(of order: Order, now: Instant) -> RefusalReason? {
        if order.epoch < memory.epochHighest { return .epochBelow(highest: memory.epochHighest) }
        if now >= order.expires { return .expired(at: order.expires, now: now) }
        return shortage(for: order)
    }

    /// An order whose work is done, in hand or waiting has no effect again, whoever sends it and however late.
    private mutating func answerAgain(_ order: Order, _ digest: Digest, _ turn: inout Turn) -> Bool {
        guard let service = memory.services[order.service] else { return false }
        let rank = OrderRank(order)
        let receipt = service.answer(at: rank)
        guard receipt != nil || service.holds(rank) else { return false }
        // Sent again with a later expiry or by a newer leader: what waits must wait with those, or it would expire or be
        // fenced off by its own copy.
        let copy = WaitingOrder(order: order, digest: digest, accepted: service.waiting?.accepted ?? turn.now)
        if let waiting = service.waiting, copy.renews(waiting),
            order.expires - order.notBefore <= Order.lifetime_max, hindrance(of: order, now: turn.now) == nil
        {
            record(.taken(copy), &turn)
        }
        if order.epoch > memory.epochHighest { record(.epochRaised(order.epoch), &turn) }
        if let receipt {
            send(.receipt(receipt), &turn)
        } else {
            send(.arrived(order.id, sequence: order.sequence), &turn)
        }
        return true
    }

    // MARK: Taking, refusing, ending without a beginning

    private mutating func take(_ order: Order, _ digest: Digest, _ turn: inout Turn) {
        if let overtaken = memory.services[order.service]?.waiting {
            answerUnbegun(
                overtaken,
                code: "superseded",
                sentence: "a newer order, of generation \(order.generation), came before this one began",
                &turn
            )
        }
        record(.taken(WaitingOrder(order: order, digest: digest, accepted: turn.now)), &turn)
        send(.arrived(order.id, sequence: order.sequence), &turn)
    }

    private func refuse(_ order: Order, _ reason: RefusalReason, _ turn: inout Turn) {
        let refusal = OrderRefusal(order: order.id, code: reason.code, sentence: reason.sentence)
        send(.refused(refusal), &turn)
    }

    private mutating func answerUnbegun(
        _ waiting: WaitingOrder,
        code: String,
        sentence: String,
        _ turn: inout Turn
    ) {
        let service = memory.services[waiting.order.service] ?? ServiceMemory()
        var receipt = blankReceipt(for: waiting.order, waiting.digest, accepted: waiting.accepted, turn.now)
        receipt.outcome = .returned
        receipt.failedStep = .accept
        receipt.code = code
        receipt.sentence = sentence
        receipt.running = service.condition == .running ? service.current?.receiptLine : nil
        record(.answered(receipt), &turn)
        send(.receipt(receipt), &turn)
    }

    /// A receipt of an applied order with nothing to tell.
    func blankReceipt(for order: Order, _ digest: Digest, accepted: Instant, _ now: Instant) -> Receipt {
        Receipt(
            cluster: identity.cluster,
            host: identity.key,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: digest,
            outcome: .applied,
            failedStep: nil,
            code: "",
            sentence: "",
            running: nil,
            steps: [],
            links: [],
            warnings: [],
            accepted: accepted,
            finished: now
        )
    }
}
