import Calendars
import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == ApprovalRule {
    /// Who decides, or a mapping with more to say.
    static func approval(_ act: ApprovalRule.Act, _ words: Vocabulary) -> Shape {
        let long = Shape.mapping { fields in
            let by = fields.required("by", .actors(words), "Anybody of these may decide.")
            let quorum = fields.value(
                "quorum",
                .integer(in: 1...20),
                default: 1,
                "So many different people must agree."
            )
            let excluded = fields.optional("not", .oneOf(Excluded.self), "Whose decision does not count.")
            let guide = Guide.read(fields)
            let limit = Shape<Interval>.interval(in: .seconds(1) ... .days(90))
            let timeout = fields.optional("timeout", limit, "Without a decision by then the release is rejected.")
            let validFor = fields.optional("valid_for", limit, "For how long a decision counts.")
            guard let by else { return nil }
            var rule = ApprovalRule(by: by, quorum: quorum, notAuthor: excluded == .author)
            rule.act = act
            rule.instructions = guide.instructions
            rule.checklist = guide.checklist
            rule.timeout = timeout
            rule.validFor = validFor
            return rule
        }
        let short = Shape<[Actors]>.actors(words).map { by in
            var rule = ApprovalRule(by: by)
            rule.act = act
            return rule
        }
        return either("who decides, or a mapping of by, quorum, not and more", short: short, long: long)
            .defined(as: "approval")
    }
}

/// Whom an approval does not count.
private enum Excluded: String, CaseIterable {
    case author
}

/// What people are told before they act, and what they must tick.
private struct Guide {
    var instructions = ""
    var checklist: [String] = []

    static func read(_ fields: Fields) -> Guide {
        let instructions = fields.optional("instructions", .paragraph, "What people are told.")
        let checklist = fields.optional("checklist", .checklist, "What everybody must tick.")
        return Guide(instructions: instructions ?? "", checklist: checklist ?? [])
    }
}

extension Shape where Value == [String] {
    /// Points that people tick by their words, so none stands twice.
    fileprivate static var checklist: Shape {
        let list = Shape<[Located<String>]>.list(of: Shape<String>.paragraph.located, count: 1...50)
        return Shape("a list of points to tick", schema: list.schema) { node, label, problems in
            guard let points = list.read(node, label, problems) else { return nil }
            problems.addDuplicates(points, .duplicateItem, noun: "the point", remedy: "write each point once")
            return points.map(\.value)
        }
    }
}

extension Shape where Value == String {
    /// Text for people, in several lines if need be.
    static var paragraph: Shape {
        .text("text", schema: Schema.text(length_max: 2_000)) { text, place, label, problems in
            guard text.unicodeScalars.count <= 2_000, !text.utf8.contains(0) else {
                problems.add(place, .badValue, "\(label) must have at most 2000 characters")
                return nil
            }
            return text
        }
    }
}

extension Shape where Value == VoteRule {
    /// `vote: { roles: { qa: { by: qa, veto: true } }, opens: Mon-Fri 16:00-17:00 }`.
    static func vote(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let roles = fields.required("roles", .roles(words), "Who votes; every role says GO with a reason.")
            let opens = fields.optional(
                "opens",
                .window(words),
                "When votes are taken; else as soon as the gate waits."
            )
            guard let roles else { return nil }
            var rule = VoteRule(roles: roles)
            rule.opens = opens
            return rule
        }
    }
}

extension Shape where Value == [VoteRule.Role] {
    fileprivate static func roles(_ words: Vocabulary) -> Shape {
        let short = Shape<[Actors]>.actors(words).map { VoteRule.Role(name: "", by: $0) }
        let long = Shape<VoteRule.Role>.mapping { fields in
            let by = fields.required("by", .actors(words), "Anybody of these may vote for the role.")
            let mayVeto = fields.value("veto", .bool, default: false, "A NO-GO stops the release, whatever others say.")
            let checklist = fields.optional("checklist", .checklist, "What must be ticked with a GO.")
            guard let by else { return nil }
            var role = VoteRule.Role(name: "", by: by)
            role.mayVeto = mayVeto
            role.checklist = checklist ?? []
            return role
        }
        let role = Shape<VoteRule.Role>.either(
            "who votes, or a mapping of by, checklist and veto",
            short: short,
            long: long
        )
        return .catalogue("role", role, count: 1...20) { name, role in
            var role = role
            role.name = name
            return role
        }
    }
}

extension Shape where Value == TaskRule {
    /// Something that a person does by hand.
    static func task(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let name = fields.required("name", .label, "What people call the task.")
            let by = fields.required("by", .actors(words), "Anybody of these may say that it is done.")
            let guide = Guide.read(fields)
            guard let name, let by else { return nil }
            var rule = TaskRule(name: name, by: by)
            rule.instructions = guide.instructions
            rule.checklist = guide.checklist
            return rule
        }
    }
}
