import StructuredText
import TrainModel

extension Shape where Value == [Gate] {
    /// A list of conditions, each a mapping of its kind to its terms: `- approval: release-oncall`.
    static var gates: Shape {
        let list = Shape<[Located<Gate>]>.list(of: Shape<Gate>.gate.located, count: 0...20)
        return Shape(list.wanted, schema: list.schema) { node, label, problems in
            guard let gates = list.read(node, label, problems) else { return nil }
            var seen: Set<Gate> = []
            for gate in gates where !seen.insert(gate.value).inserted {
                problems.add(gate.place, .duplicateGate, "the same gate stands twice", remedy: "keep one of them")
            }
            return gates.map(\.value)
        }
    }
}

extension Shape where Value == Gate {
    fileprivate static var gate: Shape {
        oneKind("gate", ["approval": Shape<ApprovalRule>.approval.map { .approval($0) }]).defined(as: "gate")
    }
}

extension Shape where Value == ApprovalRule {
    /// A group's name, a list of them, or a mapping of `by`, `quorum` and `not`.
    fileprivate static var approval: Shape {
        let long = Shape.mapping { fields in
            let groups = fields.required("by", .groups, "Anybody in any of these groups may decide.")
            let quorum = fields.value(
                "quorum",
                .integer(in: 1...20),
                default: 1,
                "So many different people must approve."
            )
            let excluded = fields.optional("not", .oneOf(Excluded.self), "Whose approval does not count.")
            return groups.map { ApprovalRule(groups: $0, quorum: quorum, notAuthor: excluded == .author) }
        }
        let short = Shape<[GroupName]>.groups.map { ApprovalRule(groups: $0, quorum: 1, notAuthor: false) }
        return either("a group, or a mapping of by, quorum and not", short: short, long: long)
    }
}

/// Whom an approval does not count.
private enum Excluded: String, CaseIterable {
    case author
}

extension Shape where Value == [GroupName] {
    /// One group, or a list of groups of which any may decide.
    fileprivate static var groups: Shape {
        let group = Shape<GroupName>.name("group")
        let list = Shape<[Located<GroupName>]>.list(of: group.located, count: 1...50)
        return Shape(
            "a group or a list of groups",
            schema: { Schema.any(of: [group.schema($0), list.schema($0)]) }
        ) { node, label, problems in
            guard node.list != nil else { return group.read(node, label, problems).map { [$0] } }
            guard let groups = list.read(node, label, problems) else { return nil }
            problems.addDuplicates(groups, .duplicateGroup, noun: "the group", remedy: "name each group once")
            return groups.map(\.value)
        }
    }
}
