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
        guard samples.healthy > 0 || samples.unhealthy > 0 else { return }
        revisions.changed(host.region)
        observed.health[host, default: [:]][samples.service] = samples.unhealthy > 0 ? .unhealthy : .healthy
        let hasChanged = judgeStanding(of: host, at: now)
        count(samples, from: host, at: now)
        if hasChanged { lookAgain(at: host.region, at: now) }
    }

    private mutating func count(_ samples: HealthSamples, from host: HostKey, at now: Instant) {
        guard let target = state.targets[TargetKey(region: host.region, service: samples.service)],
            target.generation == samples.generation, target.desired?.digest == samples.digest,
            state.releases[target.release]?.phase == .running,
            state.releases[target.release]?.regions[host.region]?.hosts[host.host]?.phase == .updated,
            let bake = state.releases[target.release]?.wave(of: host.region)?.bake
        else { return }
        revisions.changed(target.release)
        let key = WorkKey(release: target.release, region: host.region)
        let counts = observed.samples[key, default: RegionSamples()].add(
            samples,
            from: host.host,
            enough: bake.samples_min,
            at: now
        )
        let (share_bp, limit) = (counts.unhealthy * 10_000, bake.unhealthy_max_bp * counts.total)
        if counts.total >= bake.samples_min, share_bp > limit {
            let reason =
                "\(counts.unhealthy) of \(counts.total) samples of \(samples.service) are unhealthy, last on \(host.host): \(samples.reason)"
            condemn(host.region, of: target.release, reason: reason, at: now)
        } else {
            look(at: host.region, of: target.release, at: now)
        }
    }

    mutating func take(_ refusal: OrderRefusal, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        guard let outstanding = state.outstanding(refusal.order, of: host) else { return }
        // An order that came too late, or to an agent that is stopping, is sent again; every other refusal is a failure.
        guard !OrderRefusal.passingCodes.contains(refusal.code) else {
            return renewIfExpired(refusal.order, of: outstanding.release, at: now)
        }
        emit(.orderRefused(OrderRefused(release: outstanding.release, host: host, refusal: refusal)), at: now)
        answered(host, outstanding.release, failure: "\(host) refused: \(refusal.sentence)", at: now)
    }

    /// A receipt is taken once; the same one again is only acknowledged again.
    mutating func take(_ receipt: Receipt, envelope: String, at now: Instant) {
        seen(receipt.host, at: now)
        if let outstanding = state.outstanding(receipt.order, of: receipt.host),
            outstanding.release == receipt.release, outstanding.service == receipt.service,
            outstanding.generation == receipt.generation
        {
            emit(.receiptReceived(ReceiptReceived(receipt: receipt, envelope: envelope)), at: now)
            let failure =
                receipt.outcome == .applied
                ? nil
                : "\(receipt.service) on \(receipt.host) failed at \(receipt.failedStep?.rawValue ?? "the start"): \(receipt.sentence)"
            answered(receipt.host, receipt.release, failure: failure, at: now)
        }
        perform(.acknowledgeReceipt(receipt.order, of: receipt.host))
    }

    private mutating func answered(_ host: HostKey, _ id: ReleaseID, failure: String?, at now: Instant) {
        if let failure { condemn(host.region, of: id, reason: failure, at: now) }
        // Another release may have waited for this host's room, too.
        lookAgain(at: host.region, at: now)
    }
}

extension OrderRefusal {
    /// The refusals that are nobody's fault and pass.
    public static let passingCodes: Set<String> = ["expired", "agent-stopping"]
}
