import TimeAndChance
import TrainModel

/// Maturity: what a release is called by its measured quality, whatever date the market forces.
extension Train {
    /// The first level whose measurements every artifact of the release has; empty: the plan names no levels, or the
    /// release reaches none.
    func maturity(of release: ReleaseState, at now: Instant) -> String {
        let artifacts = release.artifacts.distinct
        let level = release.plan.maturity.first { level in
            artifacts.allSatisfy { reaches(level, $0, in: release.plan, at: now) }
        }
        return level?.name ?? ""
    }

    private func reaches(_ level: MaturityLevel, _ artifact: Artifact, in plan: Plan, at now: Instant) -> Bool {
        guard !level.takesNothing else { return true }
        var rule = EvidenceRule(predicate: level.predicate)
        rule.conditions = level.conditions
        guard case .sound = evidence(rule, for: artifact, in: plan, at: now) else { return false }
        return true
    }
}

extension MaturityLevel {
    /// The compiler names the predicate of such a level after the level.
    fileprivate var takesNothing: Bool { conditions.isEmpty && predicate.text == name }
}
