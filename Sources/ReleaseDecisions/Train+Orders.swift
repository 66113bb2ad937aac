import OrderedCollections
import TimeAndChance
import TrainModel

extension Train {
    /// Whether an order may leave now. An end, a pause or a freeze that has been acknowledged stops every order that was
    /// not sent; the way back is stopped by none but the end.
    func mayDeliver(_ order: OrderID, of id: ReleaseID) -> Bool {
        guard let release = state.releases[id], release.mayDeliver else { return false }
        return release.orders[order]?.issued.action == .rollBack || !isFrozen(release, at: observed.now)
    }

    /// The whole order behind an effect, ready to be sealed; nil once its release may not deliver or has
    /// turned back since.
    public func order(_ id: OrderID, of release: ReleaseID) -> Order? {
        guard mayDeliver(id, of: release), let release = state.releases[release],
            let issued = release.orders[id]?.issued,
            let region = release.regions[issued.region], region.generations[issued.service] == issued.generation
        else { return nil }
        let (stage, wave) = release.wave(at: region.position)
        return Order(
            cluster: state.cluster,
            id: id,
            release: release.id,
            planDigest: release.planDigest,
            epoch: state.epoch,
            generation: issued.generation,
            sequence: issued.sequence,
            stage: stage.name,
            wave: wave.name,
            region: issued.region,
            service: issued.service,
            hosts: issued.hosts,
            action: issued.action,
            artifact: issued.artifact,
            variables: wave.variables,
            checks: wave.checks,
            watchEvery: wave.bake.every,
            timeout: wave.rollout.timeout,
            notBefore: issued.notBefore,
            expires: issued.expires,
            attempt: issued.attempt
        )
    }
}
