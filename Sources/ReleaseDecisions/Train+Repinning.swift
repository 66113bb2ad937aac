import OrderedCollections
import TimeAndChance
import TrainModel

/// Other artifacts for a release that has not touched anything: what people have decided on the old ones is void, and
/// says so.
extension Train {
    mutating func repin(
        _ id: ReleaseID,
        _ versions: [ServiceName: Version],
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let release = try activeRelease(id)
        guard release.phase == .running, release.regions.isEmpty else {
            throw Refusal(
                .conflict,
                "\(id) has touched \(Self.list(release.regions.keys.map(\.text))); start another release"
            )
        }
        let services = release.plan.services.filter { release.services.contains($0.name) }
        var wanted = release.artifacts.mapValues(\.version)
        for (service, version) in versions { wanted[service] = version }
        let artifacts = try pinned(services, wanted)
        guard artifacts != release.artifacts else { return .alreadyDone }
        if release.adHocUntil == nil {
            try requireAccepted(artifacts, by: release.plan, release.laneRule)
            try requireTested(artifacts, by: release.plan, release.laneRule)
        }
        var renamed = release
        renamed.artifacts = artifacts
        try requireNames(in: renamed, at: now)
        let digest = releaseDigest(of: release.planDigest, artifacts)
        let repinned = ReleaseRepinned(release: id, artifacts: artifacts, releaseDigest: digest, by: actor.name)
        emit(.releaseRepinned(repinned), at: now)
        let changed = artifacts.filter { release.artifacts[$0.key] != $0.value }.distinct.map(\.description)
        void(release.spokenFor, of: id, because: "\(actor.name) has changed it to \(Self.list(changed))", at: now)
        advance(id, at: now)
        return .done
    }
}

extension ReleaseState {
    /// Gates at which people have done anything that was meant for the artifacts it has now.
    fileprivate var spokenFor: [GateKey] {
        decidedGates + gates.tasks.keys + gates.glass.keys
    }
}
