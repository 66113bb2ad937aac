import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

extension Rehearsal.Options {
    /// Names in the options that none of the plans knows, each with those that there are: a trouble that strikes nowhere
    /// would be a false comfort.
    public func objections(to plans: [Plan]) -> [String] {
        let waves = plans.flatMap(\.stages).flatMap(\.waves)
        let names = Names(
            regions: Set(waves.flatMap(\.regions).map(\.text)),
            services: Set(plans.flatMap(\.services).map(\.name.text)),
            plans: Set(plans.map(\.name.text)),
            evidence: Set(plans.flatMap(\.allGates).compactMap(\.predicate)),
            people: Set(people(of: plans).map(\.text))
        )
        let places = world.failures.map(\.place) + world.illnesses.map(\.place)
        var strangers: [String] = []
        func check(_ name: String?, _ kind: String, _ known: Set<String>) {
            guard let name, !known.contains(name) else { return }
            let list =
                known.isEmpty ? "there is none" : "there are \(known.sorted().prefix(20).joined(separator: ", "))"
            strangers.append("no plan here has a \(kind) \(name); \(list)")
        }
        for place in places {
            check(place.region?.text, "region", names.regions)
            check(place.service?.text, "service", names.services)
        }
        for region in world.silences.map(\.host.region) + world.slowness.keys.sorted() {
            check(region.text, "region", names.regions)
        }
        for service in only { check(service.text, "service", names.services) }
        for plan in world.freezes.compactMap(\.plan) + world.outside.arrivals.map(\.plan) + versions.keys.sorted() {
            check(plan.text, "plan", names.plans)
        }
        for predicate in world.outside.missingEvidence.sorted() { check(predicate.text, "evidence", names.evidence) }
        for person in world.people.absent.sorted() { check(person.text, "person", names.people) }
        return OrderedSet(strangers).elements
    }

    private struct Names {
        let regions: Set<String>
        let services: Set<String>
        let plans: Set<String>
        let evidence: Set<String>
        let people: Set<String>
    }

    /// Everybody who could be asked.
    private func people(of plans: [Plan]) -> [PersonName] {
        var directory = Directory()
        for plan in plans { directory.admit(plan, world.people) }
        return plans.flatMap { $0.rotations.values.flatMap(\.people) } + directory.everybody
            + plans.flatMap(\.allGates).flatMap(\.persons)
    }
}

extension Gate {
    fileprivate var predicate: String? {
        switch self {
        case .evidence(let rule): rule.predicate.text
        case .changes(let rule): rule.predicate.text
        default: nil
        }
    }

    /// Those who are named one by one.
    fileprivate var persons: [PersonName] {
        let actors: [Actors] =
            switch self {
            case .approval(let rule): rule.by
            case .vote(let rule): rule.roles.flatMap(\.by)
            case .task(let rule): rule.by
            default: []
            }
        return actors.compactMap { if case .person(let person) = $0 { person } else { nil } }
    }
}
