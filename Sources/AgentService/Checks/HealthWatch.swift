import HostDecisions
import TimeAndChance
import TrainModel

/// Looks at one service again and again, once through every check, until it is cancelled.
struct HealthWatch: Sendable {
    let checks: CheckRunner

    /// Gives one probe per round; the next begins `watchEvery` after the last began, and never overlaps it.
    func run(_ subject: ServiceHooks.Subject, _ give: (HealthProbe) async throws -> Void) async throws {
        let every = max(subject.deployment.watchEvery, .milliseconds(10))
        checks.forgetOthers(than: subject)
        while !Task.isCancelled {
            let began = SteadyWallClock.sinceBoot()
            let probe = await probe(subject)
            if Task.isCancelled { return }
            try await give(probe)
            do { try await Pause.pass(began + every - SteadyWallClock.sinceBoot()) } catch { return }
        }
    }

    /// All at the same time; in the plan's order.
    private func probe(_ subject: ServiceHooks.Subject) async -> HealthProbe {
        let all = subject.deployment.checks
        // Most services have one, and a group costs more than it.
        guard all.count > 1 else {
            guard let only = all.first else { return HealthProbe(looks: []) }
            return HealthProbe(looks: [await timed(only, subject)])
        }
        let looks = await withTaskGroup(of: (index: Int, look: HealthProbe.Look).self) { group in
            for (index, check) in all.enumerated() { group.addTask { (index, await timed(check, subject)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return HealthProbe(looks: looks.sorted { $0.index < $1.index }.map(\.look))
    }

    private func timed(_ check: Check, _ subject: ServiceHooks.Subject) async -> HealthProbe.Look {
        let began = SteadyWallClock.sinceBoot()
        let look = await checks.look(check, at: subject)
        let took = SteadyWallClock.sinceBoot() - began
        let outcome: HealthProbe.Outcome =
            switch look {
            case .passed: .passed
            case .failed(let sentence): .failed(sentence)
            case .blind(let sentence): .blind(sentence)
            }
        return HealthProbe.Look(check.name, decides: check.level == .fail, outcome, took: took)
    }
}

extension CheckRunner {
    /// What looks at earlier deployments of the service remember serves nobody any more.
    fileprivate func forgetOthers(than subject: ServiceHooks.Subject) {
        memory.forget(subject.service, but: subject.deployment.order)
        logs.forget(subject.service, but: subject.deployment.order)
    }
}
