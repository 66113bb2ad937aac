import Patterns
import PlanLanguage
import ReleaseDecisions
import TrainModel

extension CompiledPlan {
    /// Why a plan does not take these versions; nil if it does.
    func refusal(of versions: [ServiceName: Version]) -> Refusal? {
        guard !plan.versionPattern.isEmpty else { return nil }
        do throws(Pattern.Flaw) {
            let pattern = try Pattern(plan.versionPattern)
            let wrong = versions.filter { !pattern.matches($0.value.text) }.min { $0.key < $1.key }
            return wrong.map { service, version in
                Refusal(
                    .invalid,
                    "version \(version) of \(service) does not match \(plan.versionPattern), which plan \(plan.name) demands"
                )
            }
        } catch {
            return Refusal(.invalid, "the plan's version pattern cannot be read: \(error)")
        }
    }
}
