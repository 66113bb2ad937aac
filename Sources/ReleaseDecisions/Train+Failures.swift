import OrderedCollections
import TimeAndChance
import TrainModel

/// What a team knows about failures: which pass by themselves, and what the others mean.
extension Train {
    /// An order failed on a host, and not in a way that passes.
    mutating func failed(_ receipt: Receipt, at now: Instant) {
        guard let release = state.releases[receipt.release],
            release.regions[receipt.host.region]?.generation(of: receipt.service, on: receipt.host.host)
                == receipt.generation
        else { return }
        let rule = release.rule(of: receipt)
        let step = receipt.failedStep?.rawValue ?? "the start"
        var reason = "\(receipt.service) on \(receipt.host) failed at \(step): \(receipt.sentence)"
        if let rule, case .retry = rule.action { reason += "; \(rule.name) was tried \(receipt.attempt) times" }
        let place = FailurePlace(host: receipt.host.host, service: receipt.service, rule: rule?.name ?? "")
        condemn(
            receipt.host.region,
            of: receipt.release,
            RegionFailure(reason: reason, place: place, rule: rule),
            at: now
        )
    }

    /// When an order that has failed is given again; nil: its failure does not pass, has not passed for too long, or
    /// nobody works there any more. What a crash left unknown is not tried again: it may not be repeated.
    func retry(of receipt: Receipt, at now: Instant) -> RetryPlanned? {
        guard let release = state.releases[receipt.release], let rule = release.rule(of: receipt),
            case .retry(let times_max, let pause, let pause_max) = rule.action,
            receipt.outcome != .unknown, Int(receipt.attempt) <= times_max,
            let region = release.regions[receipt.host.region],
            region.generation(of: receipt.service, on: receipt.host.host) == receipt.generation,
            release.phase == .running
                ? region.phase == .deploying
                : region.isReturning(receipt.host.host) && release.orders[receipt.order]?.issued.action != .deploy
        else { return nil }
        return RetryPlanned(
            release: receipt.release,
            host: receipt.host,
            service: receipt.service,
            order: receipt.order,
            rule: rule.name,
            attempt: receipt.attempt + 1,
            at: now + Self.retryPause(of: receipt.order, after: receipt.attempt, from: pause, to: pause_max)
        )
    }

    mutating func plan(_ retry: RetryPlanned, at now: Instant) {
        emit(.retryPlanned(retry), at: now)
        observed.look(at: retry.at, retry.release, retry.host.region)
    }

    /// Doubles with every attempt up to the longest; up to a quarter is taken off, so that hosts which failed together do
    /// not come back together.
    static func retryPause(
        of order: OrderID,
        after attempt: UInt32,
        from pause: Interval,
        to pause_max: Interval
    ) -> Interval {
        let doublings = max(0, min(Int(attempt) - 1, 20))
        let full = min(pause * (1 << doublings), max(pause, pause_max))
        var chance = SeededGenerator(of: "\(order) attempt \(attempt)")
        return Interval(ms: full.ms - Int64.random(in: 0...full.ms / 4, using: &chance))
    }
}

extension ReleaseState {
    /// The failure rule that the host says matched.
    fileprivate func rule(of receipt: Receipt) -> FailureRule? {
        plan.failures.first { $0.name == receipt.rule }
    }
}
