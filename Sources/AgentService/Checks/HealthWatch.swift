import HostDecisions
import Logging
import TimeAndChance
import TrainModel

/// Looks at one service again and again, once at its release and through every check, until it is cancelled.
struct HealthWatch: Sendable {
    let checks: CheckRunner
    let logger: Logger

    /// Gives one probe per round; the next begins `watchEvery` after the last began, and never overlaps it.
    func run(_ subject: ServiceHooks.Subject, _ give: (HealthProbe) async throws -> Void) async throws {
        let every = max(subject.deployment.watchEvery, .milliseconds(10))
        checks.forgetOthers(than: subject)
        let directories = checks.hooks.directories
        let mark = ReleaseMark(directories, subject.deployment.release, subject.service)
        var known: String?
        while !Task.isCancelled {
            let began = SteadyWallClock.sinceBoot()
            let release = mark.stands ? .passed : await directories.look(at: subject.deployment, subject.service)
            let probe = probe(release, await looks(subject))
            if Task.isCancelled { return }
            if let flaw = probe.flaw, flaw != known {
                logger.error(
                    "a release has changed",
                    metadata: ["service": "\(subject.service)", "reason": "\(flaw)"]
                )
            }
            known = probe.flaw
            try await give(probe)
            do { try await Pause.pass(began + every - SteadyWallClock.sinceBoot()) } catch { return }
        }
    }

    private func probe(_ release: CheckRunner.Look, _ looks: [HealthProbe.Look]) -> HealthProbe {
        switch release {
        case .passed: HealthProbe(looks: looks)
        case .failed(let flaw): HealthProbe(looks: looks, flaw: flaw)
        case .blind(let sentence): HealthProbe(looks: looks, unseen: sentence)
        }
    }

    /// All at the same time; in the plan's order.
    private func looks(_ subject: ServiceHooks.Subject) async -> [HealthProbe.Look] {
        let all = subject.deployment.checks
        // Most services have one, and a group costs more than it.
        guard all.count > 1 else {
            guard let only = all.first else { return [] }
            return [await timed(only, subject)]
        }
        let looks = await withTaskGroup(of: (index: Int, look: HealthProbe.Look).self) { group in
            for (index, check) in all.enumerated() { group.addTask { (index, await timed(check, subject)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return looks.sorted { $0.index < $1.index }.map(\.look)
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

extension ReleaseDirectories {
    /// Whether the release is as it was put there: nobody should have changed it since.
    func look(at deployment: Deployment, _ service: ServiceName) async -> CheckRunner.Look {
        do {
            let found: String? = try await DiskThreads.run { try flaw(of: deployment.release, service) }
            return found.map { .failed($0) } ?? .passed
        } catch is CancellationError {
            return .passed
        } catch {
            return .blind("\(error)")
        }
    }
}

extension CheckRunner {
    /// What looks at earlier deployments of the service remember serves nobody any more.
    fileprivate func forgetOthers(than subject: ServiceHooks.Subject) {
        memory.forget(subject.service, but: subject.deployment.order)
        logs.forget(subject.service, but: subject.deployment.order)
    }
}
