import PlanLanguage
import TimeAndChance
import TrainModel

/// A release as somebody asks for it, before its plan is compiled.
public struct ReleaseWish: Sendable {
    /// Which plan it is of.
    public enum PlanChoice: Sendable {
        /// Compiled here, whatever the client may have compiled.
        case written(PlanSources)
        /// As it was registered.
        case registered(PlanName)
    }

    public var plan: PlanChoice
    public var versions: [ServiceName: Version] = [:]
    /// For every chosen service that `versions` does not name.
    public var allVersions: Version?
    public var description = ""
    /// Empty: all of the plan's services.
    public var only: [ServiceName] = []
    public var lane: LaneName?
    /// For how long an ad hoc release may stand; nil: not ad hoc.
    public var adHocFor: Interval?
    public var adHocStages: [StageName] = []
    public var candidate: Version?
    public var tags: [Tag] = []

    public init(_ plan: PlanChoice) {
        self.plan = plan
    }

    /// For every service of the plan that is to be released and for which somebody named a version.
    func versions(of plan: Plan) -> [ServiceName: Version] {
        var chosen = versions
        guard let allVersions else { return chosen }
        for service in plan.services where only.isEmpty || only.contains(service.name) {
            chosen[service.name] = chosen[service.name] ?? allVersions
        }
        return chosen
    }
}
