import OrderedCollections
import TimeAndChance
import TrainModel

/// What agents say, and what it changes. A host's word counts for that host alone.
extension Train {
    mutating func note(_ progress: OrderProgress, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        // Only of orders in hand: what is kept stays bounded by what was asked.
        guard state.fleet.hosts[host]?.outstanding.contains(where: { $0.order == progress.order }) == true else {
            return
        }
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
        revisions.changed(host.region)
        let wasHealthy = observed.unhealthy[host]?.isEmpty ?? true
        if samples.unhealthy > 0 {
            observed.unhealthy[host, default: []].insert(samples.service)
        } else if samples.healthy > 0 {
            observed.unhealthy[host]?.remove(samples.service)
        }
        count(samples, from: host, at: now)
        if !wasHealthy, observed.unhealthy[host]?.isEmpty == true { lookAgain(at: host.region, at: now) }
    }

    private mutating func count(_ samples: HealthSamples, from host: HostKey, at now: Instant) {
        guard let target = state.targets[TargetKey(region: host.region, service: samples.service)],
            target.generation == samples.generation, target.desired?.digest == samples.digest,
            let release = state.releases[target.release], release.phase == .running,
            let progress = release.regions[host.region], progress.hosts[host.host]?.phase == .updated
        else { return }
        let bake = release.wave(at: progress.position).wave.bake
        let key = SampleKey(release: release.id, region: host.region)
        let counts = observed.samples[key, default: RegionSamples()].add(
            samples,
            from: host.host,
            enough: bake.samples_min,
            at: now
        )
        revisions.changed(release.id)
        let (share_bp, limit) = (counts.unhealthy * 10_000, bake.unhealthy_max_bp * counts.total)
        if counts.total >= bake.samples_min, share_bp > limit {
            let reason =
                "\(counts.unhealthy) of \(counts.total) samples of \(samples.service) are unhealthy, last on \(host.host): \(samples.reason)"
            condemn(host.region, of: release.id, reason: reason, at: now)
        } else {
            look(at: host.region, of: release.id, at: now)
        }
    }

    mutating func take(_ refusal: OrderRefusal, from host: HostKey, at now: Instant) {
        seen(host, at: now)
        guard let outstanding = outstanding(refusal.order, of: host) else { return }
        // An order that came too late, or to an agent that is stopping, is sent again; every other refusal is a failure.
        guard !OrderRefusal.passingCodes.contains(refusal.code) else {
            return look(at: host.region, of: outstanding.release, at: now)
        }
        emit(.orderRefused(OrderRefused(release: outstanding.release, host: host, refusal: refusal)), at: now)
        observed.progress[host]?[refusal.order] = nil
        answered(host, outstanding.release, failure: "\(host) refused: \(refusal.sentence)", at: now)
    }

    /// A receipt is taken once; the same one again is only acknowledged again.
    mutating func take(_ receipt: Receipt, envelope: String, at now: Instant) {
        seen(receipt.host, at: now)
        if let outstanding = outstanding(receipt.order, of: receipt.host), outstanding.release == receipt.release,
            outstanding.service == receipt.service, outstanding.generation == receipt.generation
        {
            emit(.receiptReceived(ReceiptReceived(receipt: receipt, envelope: envelope)), at: now)
            observed.progress[receipt.host]?[receipt.order] = nil
            observed.arrived[receipt.host]?.remove(receipt.order)
            // What was unhealthy is another version's business now.
            observed.unhealthy[receipt.host]?.remove(receipt.service)
            let failure =
                receipt.outcome == .applied
                ? nil
                : "\(receipt.service) on \(receipt.host) failed at \(receipt.failedStep?.rawValue ?? "the start"): \(receipt.sentence)"
            answered(receipt.host, receipt.release, failure: failure, at: now)
        }
        perform(.acknowledgeReceipt(receipt.order, of: receipt.host))
    }

    private func outstanding(_ order: OrderID, of host: HostKey) -> OutstandingOrder? {
        state.fleet.hosts[host]?.outstanding.first { $0.order == order }
    }

    private mutating func answered(_ host: HostKey, _ id: ReleaseID, failure: String?, at now: Instant) {
        if let failure, state.releases[id]?.phase == .running {
            condemn(host.region, of: id, reason: failure, at: now)
        } else {
            look(at: host.region, of: id, at: now)
        }
        // Another release may have waited for this host's room.
        lookAgain(at: host.region, at: now)
    }
}

extension OrderRefusal {
    /// The refusals that are nobody's fault and pass.
    public static let passingCodes: Set<String> = ["expired", "agent-stopping"]
}
