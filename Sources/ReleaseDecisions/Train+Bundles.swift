import OrderedCollections
import TimeAndChance
import TrainModel

/// Which bundles stay. What somebody may still have to fetch is never removed: it is what a release under way deploys, what
/// runs, what any way back leads to, and what the next release of a plan will be.
extension Train {
    /// At once no more than this, so that an event stays small; the next look has the rest.
    private static let removedAtOnce_max = 500

    mutating func lookAtBundles(by rule: BundleRule, at now: Instant) {
        let superfluous = superfluousBundles(by: rule)
        guard !superfluous.isEmpty else { return }
        emit(.bundlesRemoved(BundlesRemoved(digests: Array(superfluous.prefix(Self.removedAtOnce_max)))), at: now)
    }

    /// Why a bundle stays, by its digest; what is not in here may go.
    public func bundleNeeds() -> [Digest: BundleNeed] {
        var needs: [Digest: BundleNeed] = [:]
        func need(_ digest: Digest?, for reason: @autoclosure () -> BundleNeed) {
            if let digest, needs[digest] == nil { needs[digest] = reason() }
        }
        for release in state.releases.values {
            if release.isActive {
                for artifact in release.artifacts.values { need(artifact.digest, for: .release(release.id)) }
            }
            for order in release.orders.values where order.awaitedCount > 0 {
                need(order.issued.artifact.digest, for: .release(release.id))
            }
        }
        for (target, wanted) in state.targets { need(wanted.desired?.digest, for: .runs(target)) }
        for (target, wanted) in state.targets {
            need(wanted.blessed?.digest, for: .wayBack(target))
        }
        for release in state.releases.values {
            for (region, progress) in release.regions {
                for (service, before) in progress.previous {
                    let target = TargetKey(region: region, service: service)
                    // What is in place can be rolled back after its release has ended, too.
                    guard release.isActive || state.targets[target]?.release == release.id else { continue }
                    need(before.digest, for: .wayBack(target))
                }
            }
        }
        for stage in state.deployments.completions.keys {
            for artifact in setBefore(stage).values { need(artifact.digest, for: .set(stage)) }
        }
        for (name, registered) in state.schedule.plans {
            for artifact in loadable(by: registered.plan) {
                need(artifact.digest, for: .candidate(name, artifact.version))
            }
        }
        for (key, host) in state.fleet.hosts where !host.revoked {
            for running in host.running.values { need(running.digest, for: .host(key)) }
        }
        return needs
    }

    /// Oldest first.
    private func superfluousBundles(by rule: BundleRule) -> [Digest] {
        let needs = bundleNeeds()
        var artifacts: [Digest: [Artifact]] = [:]
        for record in state.artifacts.values { artifacts[record.artifact.digest, default: []].append(record.artifact) }
        var counts: [ArtifactName: Int] = [:]
        var superfluous: [Digest] = []
        var spare: [(digest: Digest, bytes: UInt64)] = []
        for digest in state.bundles.reversed() {
            let own = artifacts[digest] ?? []
            var rank = Int.max
            for name in Set(own.map(\.name)) {
                counts[name, default: 0] += 1
                rank = min(rank, counts[name] ?? 1)
            }
            guard needs[digest] == nil, rank > 1 else { continue }
            if rank > rule.keep {
                superfluous.append(digest)
            } else {
                spare.append((digest, own.first?.length_bytes ?? 0))
            }
        }
        guard let space_bytes = rule.space_bytes else { return superfluous.reversed() }
        var room_bytes = space_bytes
        // The newest first: where one does not fit, none that is older stays for it.
        let fitting = spare.prefix { bundle in
            guard bundle.bytes <= room_bytes else { return false }
            room_bytes -= bundle.bytes
            return true
        }
        let gone = Set(superfluous + spare.dropFirst(fitting.count).map(\.digest))
        return state.bundles.filter(gone.contains)
    }
}

/// Why a bundle stays.
public enum BundleNeed: Hashable, Sendable, CustomStringConvertible {
    /// Under way, or a host has not answered an order of it yet.
    case release(ReleaseID)
    case runs(TargetKey)
    case wayBack(TargetKey)
    /// The last set that ended the stage well and is not what runs.
    case set(StageKey)
    /// The plan's newest.
    case candidate(PlanName, Version)
    case host(HostKey)

    public var description: String {
        switch self {
        case .release(let id): "release \(id)"
        case .runs(let target): "runs in \(target.region)"
        case .wayBack(let target): "way back of \(target.region)"
        case .set(let stage): "way back of \(stage)"
        case .candidate(let plan, let tag): "candidate \(tag) of \(plan)"
        case .host(let host): "runs on \(host)"
        }
    }
}
