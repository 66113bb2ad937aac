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
            people: Set(people(of: plans).map(\.text)),
            groups: Set(plans.flatMap(\.groupsAsked).map(\.0.text)),
            channels: Set(plans.flatMap(\.notices).flatMap(\.channels)),
            hosts: Set((0..<world.hostsPerRegion).map { "host-\($0 + 1)" }),
            questions: Set(plans.flatMap(\.questions))
        )
        let places = world.failures.map(\.place) + world.illnesses.map(\.place)
        var strangers: [String] = []
        func check(_ name: String?, _ kind: String, _ known: Set<String>) {
            guard let name, !known.contains(name) else { return }
            let list =
                known.isEmpty ? "there is none" : "there are \(known.sorted().prefix(20).joined(separator: ", "))"
            strangers.append("no plan here has \(kind) \(name); \(list)")
        }
        for place in places {
            check(place.region?.text, "a region", names.regions)
            check(place.service?.text, "a service", names.services)
        }
        for region in world.silences.map(\.host.region) + world.slowness.keys.sorted() {
            check(region.text, "a region", names.regions)
        }
        for service in only { check(service.text, "a service", names.services) }
        for plan in world.freezes.compactMap(\.plan) + world.outside.arrivals.map(\.plan) + versions.keys.sorted() {
            check(plan.text, "a plan", names.plans)
        }
        for predicate in world.outside.missingEvidence.sorted() {
            check(predicate.text, "the evidence", names.evidence)
        }
        for group in world.people.groups.keys.sorted() { check(group.text, "a group", names.groups) }
        for channel in world.outside.brokenChannels.sorted() { check(channel, "a channel", names.channels) }
        for silence in world.silences { check(silence.host.host.text, "a host", names.hosts) }
        for script in world.outside.probes where !names.questions.contains(where: { Self.asks($0, script.name) }) {
            check(script.name, "a check that asks", names.questions)
        }
        for person in world.people.absent.sorted() { check(person.text, "a person", names.people) }
        return OrderedSet(strangers).elements
    }

    private struct Names {
        let regions: Set<String>
        let services: Set<String>
        let plans: Set<String>
        let evidence: Set<String>
        let people: Set<String>
        let groups: Set<String>
        let channels: Set<String>
        let hosts: Set<String>
        let questions: Set<String>
    }

    /// What stands for a placeholder is known only when it is asked.
    private static func asks(_ question: String, _ name: String) -> Bool {
        question.contains(name) || question.contains("{")
    }

    /// Everybody who could be asked.
    private func people(of plans: [Plan]) -> [PersonName] {
        var directory = Directory()
        for plan in plans { directory.admit(plan, world.people) }
        return plans.flatMap { $0.rotations.values.flatMap(\.people) } + directory.everybody
            + plans.flatMap(\.allGates).flatMap(\.persons)
    }
}

extension Plan {
    /// What the outside is asked, by the names and the texts that a script may match.
    fileprivate var questions: [String] {
        var questions: [String] = []
        for case .check(let rule) in allGates {
            questions += [rule.name] + rule.probes.flatMap { [$0.name, $0.kind.text] }
        }
        for comparison in stages.flatMap(\.waves).flatMap(\.bake.comparisons) {
            guard case .counters(let errors, let total) = comparison.source else { continue }
            questions += ["\(comparison.name) errors", "\(comparison.name) total", errors.text, total.text]
        }
        for diagnosis in failures.flatMap(\.diagnose) {
            if case .probe(let kind) = diagnosis.kind { questions += [diagnosis.name, kind.text] }
        }
        return questions
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
