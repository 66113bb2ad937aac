import HostDecisions
import TimeAndChance
import TrainModel

/// The checks right after applying: each is tried until it passes or its limit is over, all at the same time.
struct SmokeTests: Sendable {
    let checks: CheckRunner

    func run(_ subject: ServiceHooks.Subject) async -> MoveResult {
        var warnings: [String] = []
        var failures: [String] = []
        let all = subject.deployment.checks
        await withTaskGroup(of: (index: Int, look: CheckRunner.Look).self) { group in
            for (index, check) in all.enumerated() {
                group.addTask { (index, await tryUntilPassed(check, subject)) }
            }
            for await (index, look) in group {
                guard case .failed(let sentence) = look else { continue }
                let line = "\(all[index].name): \(sentence)"
                if all[index].level == .warn { warnings.append(line) } else { failures.append(line) }
                if !failures.isEmpty { group.cancelAll() }
            }
        }
        guard let failure = failures.first else { return MoveResult(.passed, warnings: warnings) }
        return MoveResult(.failed(code: "smoke-test-failed", sentence: failure), warnings: warnings)
    }

    private func tryUntilPassed(_ check: Check, _ subject: ServiceHooks.Subject) async -> CheckRunner.Look {
        let deadline = ContinuousClock.now + .milliseconds(check.limit.ms)
        while true {
            let look = await checks.look(check, at: subject)
            if look == .passed || ContinuousClock.now + .milliseconds(check.every.ms) >= deadline { return look }
            do {
                try await Task.sleep(for: .milliseconds(check.every.ms))
            } catch {
                return .failed("the check was cancelled")
            }
        }
    }
}
