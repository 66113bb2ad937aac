import OrderedCollections
import TrainModel

/// In which order a region's hosts are given what a release brings.
extension Plan {
    /// The way out: a service comes when those it is `after` are on every host.
    func stepsOut(of services: [ServiceName]) -> [WorkStep] { steps(.deploy, layers(of: services)) }

    /// The way back: a service goes when nothing that is `after` it is left.
    func stepsBack(of services: [ServiceName]) -> [WorkStep] { steps(.rollBack, layers(of: services).reversed()) }

    /// Each layer needs nothing but those before it. Services in between that are not asked for keep their place.
    func layers(of services: [ServiceName]) -> [[ServiceName]] {
        var left = self.services
        var layers: [[ServiceName]] = []
        while !left.isEmpty {
            let names = Set(left.map(\.name))
            let free = left.filter { names.isDisjoint(with: $0.after) }
            // The compiler refuses rings; what it has not seen goes out together.
            let layer = free.isEmpty ? left : free
            left.removeAll(where: layer.contains)
            layers.append(layer.map(\.name).filter(services.contains))
        }
        return layers.filter { !$0.isEmpty }
    }

    /// What a layer has changed is taken up by the services that it restarts, each once: after the last layer that names
    /// it, and not at all where a later layer starts it anew anyway.
    private func steps(_ action: Order.Action, _ layers: [[ServiceName]]) -> [WorkStep] {
        let restarts = layers.map { layer in
            OrderedSet(services.filter { layer.contains($0.name) }.flatMap(\.restarts))
        }
        var steps: [WorkStep] = []
        for (index, layer) in layers.enumerated() {
            steps.append(WorkStep(action: action, services: layer))
            let later = index + 1
            let restarted = restarts[index].filter { name in
                !restarts[later...].contains { $0.contains(name) } && !layers[later...].contains { $0.contains(name) }
            }
            if !restarted.isEmpty { steps.append(WorkStep(action: .restart, services: Array(restarted))) }
        }
        return steps
    }
}
