import HostDecisions
import TimeAndChance
import TrainModel

/// Looks at one service again and again, once through every check at level fail, until it is cancelled.
struct HealthWatch: Sendable {
    let checks: CheckRunner

    /// Gives one probe per round; the next begins `watchEvery` after the last began, and never overlaps it.
    func run(_ subject: ServiceHooks.Subject, _ give: (HealthProbe) async throws -> Void) async throws {
        let every = Duration.milliseconds(max(subject.deployment.watchEvery.ms, 10))
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let probe = await probe(subject)
            if Task.isCancelled { return }
            try await give(probe)
            try? await Task.sleep(until: began + every)
        }
    }

    /// Unhealthy with the first failing check in the plan's order.
    private func probe(_ subject: ServiceHooks.Subject) async -> HealthProbe {
        let deciding = subject.deployment.checks.filter { $0.level == .fail }
        let looks = await withTaskGroup(of: (index: Int, look: CheckRunner.Look).self) { group in
            for (index, check) in deciding.enumerated() {
                group.addTask { (index, await checks.look(check, at: subject)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (index, look) in looks.sorted(by: { $0.index < $1.index }) {
            if case .failed(let sentence) = look {
                return .unhealthy(reason: "\(deciding[index].name): \(sentence)")
            }
        }
        return .healthy
    }
}
