import OrderedCollections
import TimeAndChance
import TrainModel

extension Train {
    /// The whole order behind an effect, ready to be sealed; nil once its release may not deliver or has
    /// turned back since.
    public func order(_ id: OrderID, of release: ReleaseID) -> Order? {
        guard let release = state.releases[release], release.mayDeliver, let issued = release.orders[id]?.issued,
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
