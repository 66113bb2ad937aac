import OrderedCollections
import TimeAndChance
import TrainModel

/// Questions that people ask. Reads only.
extension Train {
    /// Releases that carry a tag themselves or deployed something with it, newest first.
    public func releases(tagged tag: Tag) -> [ReleaseID] {
        let own = state.releases.values.reversed().filter { ($0.tags + $0.plan.tags).contains(tag) }.map(\.id)
        return Array(OrderedSet(own + state.deployments.records(tagged: tag).map(\.release)))
    }

    /// What people do by hand, by the time it takes: what to automate first comes first. `plan` nil: all plans.
    public func manualActs(of plan: PlanName? = nil) -> [ManualActView] {
        struct Place: Hashable {
            let plan: PlanName
            let kind: ManualActView.Kind
            let subject: String
        }
        var groups: OrderedDictionary<Place, [ManualAct]> = [:]
        for act in state.schedule.acts.all where plan == nil || act.plan == plan {
            groups[Place(plan: act.plan, kind: act.kind, subject: act.subject), default: []].append(act)
        }
        let views = groups.map { place, acts in
            ManualActView(
                plan: place.plan,
                kind: place.kind,
                subject: place.subject,
                count: acts.count,
                took: acts.reduce(.zero) { $0 + $1.took },
                longest: acts.map(\.took).max() ?? .zero,
                people: Set(acts.map(\.by)).sorted()
            )
        }
        return views.sorted { ($1.took, $0.plan, $0.subject) < ($0.took, $1.plan, $1.subject) }
    }
}
