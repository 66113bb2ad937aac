import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Who is in which group. Groups that nobody filled get as many invented people as the plans could ask for.
struct Directory: Sendable {
    private var members: OrderedDictionary<GroupName, [PersonName]> = [:]
    private(set) var releaseOperator = Actor(name: Directory.name("operator"), groups: [])

    mutating func admit(_ plan: Plan, _ people: World.People) {
        releaseOperator = actor(Self.name(people.operatorName))
        for (group, wanted) in plan.groupsAsked {
            members[group] =
                people.groups[group]
                ?? (0..<max(wanted + 1, members[group]?.count ?? 0)).map {
                    Self.name("\(group)-\($0 + 1)")
                }
        }
        releaseOperator = actor(releaseOperator.name)
    }

    /// A person with the groups they are in.
    func actor(_ person: PersonName) -> Actor {
        Actor(name: person, groups: members.filter { $0.value.contains(person) }.map(\.key))
    }

    /// Everybody who is in a group.
    var everybody: [PersonName] { members.values.flatMap(\.self) }

    func members(of group: GroupName) -> [PersonName] { members[group] ?? [] }

    /// Somebody of these; the operator where the plan names nobody.
    func somebody(of actors: [Actors], in world: World) -> Actor {
        for actors in actors {
            switch actors {
            case .group(let group): if let first = members(of: group).first { return actor(first) }
            case .person(let person): return actor(person)
            case .oncall(let rotation): if let person = world.oncall(rotation) { return actor(person) }
            }
        }
        return releaseOperator
    }

    private static func name(_ text: String) -> PersonName {
        guard let name = PersonName(text) ?? PersonName("operator") else {
            preconditionFailure("a plain word is a name")
        }
        return name
    }
}

extension Plan {
    /// Every group that the plan asks for people of, with the most it asks for at once; sorted.
    var groupsAsked: [(GroupName, Int)] {
        var asked: [GroupName: Int] = [:]
        func ask(_ actors: [Actors], _ count: Int = 1) {
            for case .group(let group) in actors { asked[group] = max(asked[group] ?? 0, count) }
        }
        for gate in allGates {
            switch gate {
            case .approval(let rule): ask(rule.by, rule.quorum)
            case .vote(let rule):
                for role in rule.roles { ask(role.by, rule.roles.count) }
            case .evidence(let rule):
                ask(rule.by)
                ask(rule.waiverBy)
            case .changes(let rule):
                ask(rule.by)
                ask(rule.waiverBy)
            case .task(let rule): ask(rule.by)
            case .window, .prerequisite, .check, .noDebts: break
            }
        }
        for lane in lanes { ask(lane.by, lane.quorum ?? 1) }
        ask(adHoc?.by ?? [])
        ask(breakGlass?.by ?? [])
        return asked.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
