import HostDecisions
import TimeAndChance
import TrainModel

/// The checks right after applying: each is tried until it passes or its limit is over, all at the same time.
struct SmokeTests: Sendable {
    let checks: CheckRunner

    /// What is asked after a failure that may be none, where the order has no such check of its own.
    static let recheck = Check(
        name: "running version",
        level: .fail,
        kind: .runningVersion,
        within: .seconds(30),
        every: .seconds(1),
        limit: .seconds(30)
    )

    /// Whether the ordered version runs, however the step before ended.
    func recheck(_ subject: ServiceHooks.Subject) async -> MoveResult {
        let check = subject.deployment.checks.first { $0.kind == .runningVersion } ?? Self.recheck
        switch await tryUntilPassed(check, subject) {
        case .passed: return MoveResult(.passed)
        case .failed(let sentence), .blind(let sentence):
            return MoveResult(.failed(code: "not-running", sentence: sentence))
        }
    }

    func run(_ subject: ServiceHooks.Subject) async -> MoveEnd {
        var warnings: [String] = []
        var failures: [(check: String, sentence: String)] = []
        let all = subject.deployment.checks
        await withTaskGroup(of: (index: Int, look: CheckRunner.Look).self) { group in
            for (index, check) in all.enumerated() {
                group.addTask { (index, await tryUntilPassed(check, subject)) }
            }
            for await (index, look) in group {
                guard let sentence = look.objection else { continue }
                let line = "\(all[index].name): \(sentence)"
                if all[index].level == .warn { warnings.append(line) } else { failures.append((all[index].name, line)) }
                if !failures.isEmpty { group.cancelAll() }
            }
        }
        guard let failure = failures.first else { return MoveEnd(MoveResult(.passed, warnings: warnings)) }
        return MoveEnd(
            MoveResult(.failed(code: "smoke-test-failed", sentence: failure.sentence), warnings: warnings),
            signs: FailureSigns(check: failure.check)
        )
    }

    /// What sees nothing is tried on like what fails: it may see something yet.
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

extension CheckRunner.Look {
    /// Why it has not passed; nil: it has.
    fileprivate var objection: String? {
        switch self {
        case .passed: nil
        case .failed(let sentence): sentence
        case .blind(let sentence): "no data: \(sentence)"
        }
    }
}
