import OrderedCollections
import TimeAndChance
import TrainModel

extension Train {
    /// Whether an order may leave now. An end, a pause or a freeze that has been acknowledged stops every order that was
    /// not sent; the way back is stopped by none but the end.
    func mayDeliver(_ order: OrderID, of id: ReleaseID) -> Bool {
        guard let release = state.releases[id], release.mayDeliver, let known = release.orders[order],
            !known.isWithdrawn
        else { return false }
        let action = known.issued.action
        let isOnWayBack = action == .rollBack || (action == .restart && release.phase == .returning)
        return isOnWayBack || !isFrozen(release, at: observed.now)
    }

    /// The whole order behind an effect, ready to be sealed; nil once its release may not deliver or has
    /// turned back since.
    public func order(_ id: OrderID, of release: ReleaseID) -> Order? {
        guard mayDeliver(id, of: release), let release = state.releases[release],
            let issued = release.orders[id]?.issued,
            let region = release.regions[issued.region], region.standsBehind(issued)
        else { return nil }
        let (stage, wave) = release.wave(at: region.position)
        let terms = terms(of: issued, release, region)
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
            reference: state.reference(of: issued.artifact),
            recipe: terms.recipe,
            variables: terms.variables,
            checks: terms.checks,
            failures: release.plan.failures.filter { $0.mayMatch(terms.checks, recipe: terms.recipe) },
            watchEvery: terms.watchEvery,
            timeout: wave.rollout.timeout,
            notBefore: issued.notBefore,
            expires: issued.expires,
            attempt: issued.attempt
        )
    }

    /// How a service is run, as the plan that deploys it says.
    private struct Terms {
        var recipe: RecipeName?
        var variables: [Variable]
        var checks: [Check]
        var watchEvery: Interval
    }

    /// A service that is only restarted keeps the terms of the release that put it there.
    private func terms(of issued: OrderIssued, _ release: ReleaseState, _ region: RegionState) -> Terms {
        var (owner, place) = (release, region)
        if issued.action == .restart, release.artifacts[issued.service] == nil,
            let id = state.targets[TargetKey(region: issued.region, service: issued.service)]?.release,
            let other = state.releases[id], let known = other.regions[issued.region]
        {
            (owner, place) = (other, known)
        }
        let wave = owner.wave(at: place.position).wave
        let rules = owner.rules(of: issued.service)
        let previous = issued.action == .rollBack ? owner.artifacts[issued.service] : place.previous[issued.service]
        let placeholders = Placeholders(
            owner,
            in: issued.region,
            at: place.position,
            of: issued.service,
            issued.artifact,
            previous: previous,
            reference: state.reference(of: issued.artifact),
            // The same for every copy of the order, however late it is sent again.
            at: place.started
        )
        return Terms(
            recipe: rules?.recipe,
            variables: wave.variables.overridden(by: rules?.variables ?? []).map {
                Variable(key: $0.key, value: placeholders.fill($0.value))
            },
            checks: wave.checks,
            watchEvery: wave.bake.every
        )
    }
}

extension FailureRule {
    /// Whether it could ever match in such an order: a rule for a check that is not made, or for the fetch of
    /// a recipe, which is on the host already, says nothing there.
    fileprivate func mayMatch(_ checks: [Check], recipe: RecipeName?) -> Bool {
        if !match.check.isEmpty {
            let smokes = match.steps.isEmpty || match.steps.contains(.smoke)
            guard smokes, checks.contains(where: { $0.name == match.check }) else { return false }
        }
        if !match.steps.isEmpty, match.steps.allSatisfy({ $0 == .smoke }), checks.isEmpty { return false }
        return recipe == nil || match.steps.isEmpty || !match.steps.allSatisfy { $0 == .fetch }
    }
}
