import OrderedCollections
import TimeAndChance
import TrainModel

/// What agents say, and what it changes. A host's word counts for that host alone.
extension Train {
    mutating func note(_ progress: OrderProgress, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        // Only of orders in hand: what is kept stays bounded by what was asked.
        guard state.outstanding(progress.order, of: host) != nil else { return }
        observed.progress[host, default: [:]][progress.order] = progress
        revisions.changed(host.region)
    }

    /// More in one message is a lie: probes are seconds apart and messages follow each other.
    static let samples_max = 100_000

    /// Samples count for the release that set what the host runs, and only of exactly that version.
    mutating func weigh(_ samples: HealthSamples, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        guard (0...Self.samples_max).contains(samples.healthy), (0...Self.samples_max).contains(samples.unhealthy)
        else {
            return
        }
        // Of services that the region is meant to run; whatever else a host names is nobody's business.
        guard state.targets[TargetKey(region: host.region, service: samples.service)] != nil else { return }
        let isVerdict = samples.healthy > 0 || samples.unhealthy > 0
        guard isVerdict || samples.blind > 0 else { return }
        revisions.changed(host.region)
        observed.checks[host, default: [:]][samples.service] = samples.checks
        // What sees nothing says neither, so that nothing is known any more.
        observed.health[host, default: [:]][samples.service] =
            samples.unhealthy > 0 ? .unhealthy : isVerdict ? .healthy : nil
        let hasChanged = judgeStanding(of: host, at: now)
        if isVerdict {
            countVersion(samples, from: host)
            count(samples, from: host, at: now)
        }
        if hasChanged { lookAgain(at: host.region, at: now) }
    }

    private mutating func count(_ samples: HealthSamples, from host: HostKey, at now: Instant) {
        guard let id = releaseWatching(samples, of: host, at: now),
            let bake = state.releases[id]?.wave(of: host.region)?.bake,
            let phase = state.releases[id]?.regions[host.region]?.phase
        else { return }
        revisions.changed(id)
        let counts = observed.samples[WorkKey(release: id, region: host.region), default: RegionSamples()].add(
            samples,
            from: host.host,
            enough: bake.samples_min,
            isAwaited: state.releases[id]?.services.contains(samples.service) == true,
            window: phase == .healthy ? bake.window : nil,
            at: now
        )
        let (share_bp, limit) = (counts.unhealthy * 10_000, bake.unhealthy_max_bp * counts.total)
        if counts.total >= bake.samples_min, share_bp > limit {
            let reason =
                "\(counts.unhealthy) of \(counts.total) samples of \(samples.service) are unhealthy, last on \(host.host): \(samples.reason)"
            let place = FailurePlace(host: host.host, service: samples.service, rule: "")
            condemn(host.region, of: id, RegionFailure(reason: reason, place: place), at: now)
        } else {
            look(at: host.region, of: id, at: now)
        }
    }

    /// The release that what was sampled belongs to: the one that put it there, or that has restarted it.
    private func releaseWatching(_ samples: HealthSamples, of host: HostKey, at now: Instant) -> ReleaseID? {
        guard let target = state.targets[TargetKey(region: host.region, service: samples.service)] else { return nil }
        if isWatching(target.release, samples, of: host, at: now) { return target.release }
        guard target.desired?.digest == samples.digest else { return nil }
        return observed.releases[host.region]?.last {
            $0 != target.release && isWatching($0, samples, of: host, at: now)
        }
    }

    private func isWatching(_ id: ReleaseID, _ samples: HealthSamples, of host: HostKey, at now: Instant) -> Bool {
        guard let release = state.releases[id], let region = release.regions[host.region],
            release.phase == .running || isWatched(host.region, of: release, at: now),
            // What it restarts is whatever runs.
            release.artifacts[samples.service].map({ $0.digest == samples.digest }) ?? true,
            isNewest(samples, on: host, of: id, region)
        else { return false }
        switch region.hosts[host.host]?.phase {
        case .updated: return true
        // Its part of an earlier step may be in place.
        case .updating: return state.fleet.hosts[host]?.running[samples.service]?.digest == samples.digest
        default: return false
        }
    }

    /// Of what this release last asked of the host, or of what has only been restarted since by another.
    private func isNewest(_ samples: HealthSamples, on host: HostKey, of id: ReleaseID, _ region: RegionState) -> Bool {
        if region.generation(of: samples.service, on: host.host) == samples.generation { return true }
        let target = state.targets[TargetKey(region: host.region, service: samples.service)]
        return target?.release == id && target?.generation == samples.generation
    }

    mutating func take(_ refusal: OrderRefusal, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        guard let outstanding = state.outstanding(refusal.order, of: host) else { return }
        // An order that came too late, or to an agent that cannot begin it now, is sent again; every other refusal is a
        // failure.
        guard !OrderRefusal.passingCodes.contains(refusal.code) else {
            return renewIfExpired(refusal.order, of: outstanding.release, at: now)
        }
        emit(.orderRefused(OrderRefused(release: outstanding.release, host: host, refusal: refusal)), at: now)
        let reason = "\(host) refused: \(refusal.sentence)"
        let place = FailurePlace(host: host.host, service: outstanding.service, rule: "")
        condemn(host.region, of: outstanding.release, RegionFailure(reason: reason, place: place), at: now)
        lookAgain(at: host.region, at: now)
    }

    /// A receipt is taken once; the same one again is only acknowledged again.
    mutating func take(_ receipt: Receipt, envelope: String, at now: Instant) {
        seen(receipt.host, at: now)
        if let outstanding = state.outstanding(receipt.order, of: receipt.host),
            outstanding.release == receipt.release, outstanding.service == receipt.service,
            outstanding.generation == receipt.generation
        {
            guard isAnswer(receipt) else {
                take(.ofAnotherOrder(receipt.order), from: receipt.host, at: now)
                return perform(.acknowledgeReceipt(receipt.order, of: receipt.host))
            }
            let retry = receipt.outcome == .applied ? nil : retry(of: receipt, at: now)
            let received = ReceiptReceived(
                receipt: receipt,
                envelope: envelope,
                isToBeRepeated: retry.map { _ in true }
            )
            emit(.receiptReceived(received), at: now)
            settleDrift(of: receipt.service, on: receipt.host, at: now)
            if let retry { plan(retry, at: now) } else if receipt.outcome != .applied { failed(receipt, at: now) }
            // Another release may have waited for this host's room, too.
            lookAgain(at: receipt.host.region, at: now)
        }
        perform(.acknowledgeReceipt(receipt.order, of: receipt.host))
    }

    /// A log that was set back gives names anew that hosts know from before; what they then did is no answer to what is
    /// asked now.
    private func isAnswer(_ receipt: Receipt) -> Bool {
        guard receipt.epoch <= state.epoch else { return false }
        guard receipt.outcome == .applied, let issued = state.releases[receipt.release]?.orders[receipt.order]?.issued,
            issued.action != .restart
        else { return true }
        return receipt.running?.isRelease(issued.artifact) == true
    }
}

extension OrderRefusal {
    fileprivate static func ofAnotherOrder(_ order: OrderID) -> OrderRefusal {
        OrderRefusal(
            order: order,
            code: "another-order",
            sentence:
                "it has a receipt of another order with this name: the controller's database is older than what its "
                + "hosts did; see the operations guide on restoring"
        )
    }

    /// The refusals that are nobody's fault and pass.
    public static let passingCodes: Set<String> = ["expired", "agent-stopping", clockOff, inTrouble]
}
