import TrainModel

/// What runs where and what ran before, as people ask for it.
extension DeploymentState {
    /// Every deployment with this tag, newest first.
    public func records(tagged tag: Tag) -> [DeploymentRecord] {
        records.reversed().filter { $0.tags.contains(tag) }
    }

    /// Everything that a release deployed, newest first.
    public func records(of release: ReleaseID) -> [DeploymentRecord] {
        records.reversed().filter { $0.release == release }
    }

    /// What runs in a region, and what ran before; services sorted. `service` nil: all of them.
    public func endpoints(in region: RegionName, _ service: ServiceName? = nil) -> [EndpointView] {
        let records = records.reversed().filter {
            $0.region == region && (service == nil || $0.service == service)
        }
        return Set(records.map(\.service)).sorted().map { name in
            let own = records.filter { $0.service == name }
            return EndpointView(
                region: region,
                service: name,
                current: own.first { $0.until == nil },
                before: own.filter { $0.until != nil }
            )
        }
    }
}
