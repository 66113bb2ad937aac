import TrainModel

/// What is looked at again once its time has come.
enum Matter: Hashable, Sendable {
    /// Orders, bake and return of one region.
    case region(ReleaseID, RegionName)
    /// The gates that the release stands before.
    case release(ReleaseID)
    /// Departures, candidates, arrivals and absences of a registered plan.
    case plan(PlanName)
    /// The end of a stage, which is expected by now.
    case stage(ReleaseID, StageName)
    /// The end of an ad hoc release.
    case adHoc(ReleaseID)
    /// A notice that was not delivered yet.
    case notice(UInt64)
}

extension Matter: Comparable {
    /// Of what is due at one instant, releases under way come first; the order is the same on every machine.
    static func < (left: Matter, right: Matter) -> Bool { left.rank < right.rank }

    private var rank: (kind: Int, name: String, part: String, number: UInt64) {
        switch self {
        case .region(let release, let region): (0, release.text, region.text, 0)
        case .release(let release): (1, release.text, "", 0)
        case .stage(let release, let stage): (2, release.text, stage.text, 0)
        case .adHoc(let release): (3, release.text, "", 0)
        case .plan(let plan): (4, plan.text, "", 0)
        case .notice(let number): (5, "", "", number)
        }
    }
}
