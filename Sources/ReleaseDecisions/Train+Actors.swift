import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Who may act, at this moment, and how people are told.
extension Train {
    func isOne(of allowed: [Actors], _ actor: Actor, in plan: Plan, at now: Instant) -> Bool {
        allowed.contains { actors in
            switch actors {
            case .group(let group): actor.groups.contains(group)
            case .person(let person): actor.name == person
            case .oncall(let rotation): oncall(rotation, of: plan, at: now) == actor.name
            }
        }
    }

    /// `leads or release on call: bo until Fri 17:00 CET, then ana`.
    func words(for allowed: [Actors], in plan: Plan, at now: Instant) -> String {
        allowed.map { actors in
            switch actors {
            case .group(let group): group.text
            case .person(let person): person.text
            case .oncall(let rotation): "\(rotation) on call: \(oncallWords(rotation, of: plan, at: now))"
            }
        }.joined(separator: " or ")
    }

    /// `bo until Fri 17:00 CET, then ana`.
    private func oncallWords(_ name: RotationName, of plan: Plan, at now: Instant) -> String {
        guard let rotation = rotation(name, of: plan) else { return "nobody, the plan has no such rotation" }
        let person = rotation.person(at: now)?.text ?? "nobody"
        guard let handOver = rotation.nextHandOver(after: now) else { return person }
        let next = rotation.person(at: handOver)?.text ?? "nobody"
        return "\(person) until \(Self.words(handOver, in: rotation.zone, from: now)), then \(next)"
    }

    /// When the next of these people's turns ends; nil: none of them takes turns.
    func nextHandOver(of allowed: [Actors], in plan: Plan, at now: Instant) -> Instant? {
        allowed.compactMap { actors in
            guard case .oncall(let name) = actors else { return nil }
            return rotation(name, of: plan)?.nextHandOver(after: now)
        }.min()
    }

    /// `Fri 17:00 CET` within the next six days, `2026-11-27 17:00 CET` beyond.
    static func words(_ instant: Instant, in zone: Zone, from now: Instant) -> String {
        let local = zone.local(at: instant)
        let isNear = instant >= now && instant - now <= .days(6)
        let day = isNear ? local.date.weekday.rawValue : local.date.description
        return "\(day) \(local.time) \(zone.abbreviation(at: instant))"
    }
}
