import OrderedCollections
import TimeAndChance
import TrainModel

/// Watching what runs, and telling it in few words.
extension HostState {
    /// For the greeting on the link. The health in it tells a controller that has restarted what samples said before.
    public var greeting: Greeting { Greeting(running: running, epochHighest: memory.epochHighest) }

    private var running: [RunningService] {
        memory.services.compactMap { name, service in
            guard let current = service.current else { return nil }
            return RunningService(
                service: name,
                generation: current.generation,
                version: current.artifact.version,
                digest: current.artifact.digest,
                order: service.attempt?.order.id ?? service.waiting?.order.id,
                health: flaws[name] == nil ? watched[name]?.health : .unhealthy,
                newestGeneration: service.newest.generation
            )
        }
    }

    /// What has no smoke tests is watched, too: somebody may change its release.
    mutating func startWatch(_ name: ServiceName, _ deployment: Deployment, _ turn: inout Turn) {
        guard memory.services[name]?.attempt == nil else { return }
        let watch = Watch(service: name, deployment: deployment)
        watched[name] = HealthTally(watch)
        turn.actions.append(.startWatch(watch))
    }

    /// No samples are taken while an attempt changes the service.
    mutating func stopWatch(_ name: ServiceName, _ turn: inout Turn) {
        guard watched[name] != nil else { return }
        tellHealth(of: name, &turn)
        watched[name] = nil
        turn.actions.append(.stopWatch(name))
    }

    mutating func probed(_ name: ServiceName, _ generation: UInt64, _ probe: HealthProbe, _ turn: inout Turn) {
        guard watched[name]?.deployment.generation == generation else { return }
        flaws[name] = probe.flaw
        // Nothing to look at gives no samples: a verdict without data would be a lie. That a flaw is mended is told all the
        // same.
        guard !probe.looks.isEmpty || watched[name]?.health != nil else { return }
        if watched[name]?.add(probe, at: turn.now) == true { tellHealth(of: name, &turn) }
    }

    /// Keeps the counts while nobody listens.
    mutating func tellHealth(of name: ServiceName, _ turn: inout Turn) {
        guard isLinkUp else { return }
        for samples in watched[name]?.drain(at: turn.now) ?? [] { send(.samples(samples), &turn) }
    }
}
