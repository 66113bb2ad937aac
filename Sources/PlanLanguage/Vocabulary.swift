import Calendars
import StructuredText
import TrainModel

/// What a plan defines by name, for the parts of the plan that use it.
struct Vocabulary {
    /// Gives a time zone by its name, or throws why it cannot.
    typealias ReadZone = (_ name: String) throws -> Zone

    /// Nil where it could not be read; that is recorded.
    var plan: PlanName?
    /// Of all times that name no zone of their own.
    var zone = Zone.utc
    var readZone: ReadZone
    var holidays: [String: [CivilDate]] = [:]
    /// Every name that stands under a key, whether what it names is sound or not.
    var holidayNames: [String] = []
    var rotations: [String] = []
    var stages: [String] = []
    var diagnoses: [String: Diagnosis] = [:]
    var diagnosisNames: [String] = []
    /// Lists of gates that several places use; read where they are used, so that they can speak of that stage.
    var gateLists: [String: Node] = [:]
    /// Whether one of these lists is being read: one that used another could use itself.
    var isInGateList = false
    /// Where the gates that are being read stand.
    var asked = QuestionPlace.wave
    /// The stage whose parts are being read.
    var stage: String?

    /// The keys of a plan that others refer to.
    static func read(_ fields: Fields, plan: PlanName?, _ readZone: @escaping ReadZone) -> Vocabulary {
        var words = Vocabulary(plan: plan, readZone: readZone)
        words.zone = fields.optional("zone", .zone(words), "The time zone of all times that name none.") ?? .utc
        words.rotations = fields.keys(of: "rotations")
        words.stages = fields.keys(of: "stages")
        words.holidayNames = fields.keys(of: "holidays")
        words.diagnosisNames = fields.keys(of: "diagnoses")
        for days in fields.optional("holidays", .holidays, "Named lists of days.") ?? [] {
            words.holidays[days.key.value] = days.value
        }
        for diagnosis in fields.optional("diagnoses", .diagnoses, "Look-ups that help with a failure.") ?? [] {
            words.diagnoses[diagnosis.name] = diagnosis
        }
        let lists = fields.optional("gates", .gateLists(words), "Lists of gates that several places use.") ?? []
        for list in lists { words.gateLists[list.key.value] = list.value }
        return words
    }

    /// Whether a name is among those known; if not, a problem is recorded.
    func knows(
        _ name: Located<String>,
        in names: [String],
        _ noun: String,
        remedy: String,
        _ problems: ProblemCollector
    ) -> Bool {
        guard !names.contains(name.value) else { return true }
        problems.add(
            name.place,
            .unknownName,
            "the plan has no \(noun) \(Problem.quote(name.value))",
            remedy: Suggestion.remedy(for: name.value, among: names) ?? remedy
        )
        return false
    }
}

extension Shape {
    /// A name under which the plan defines something.
    static func reference<Kind>(
        to noun: String,
        in names: [String],
        _ words: Vocabulary,
        remedy: String
    ) -> Shape where Value == Name<Kind> {
        let name = Shape.name(noun)
        return Shape(name.wanted, schema: name.schema) { node, label, problems in
            guard let value = name.read(node, label, problems) else { return nil }
            let isKnown = words.knows(Located(value.text, at: node.place), in: names, noun, remedy: remedy, problems)
            return isKnown ? value : nil
        }
    }

    /// One item, or a list of items of which none stands twice, in the order written.
    static func oneOrMore<Item: Hashable>(_ noun: String, _ item: Shape<Item>) -> Shape where Value == [Item] {
        let list = Shape<[Located<Item>]>.list(of: item.located, count: 1...50)
        return Shape(
            "\(item.wanted), or a list of them",
            schema: { Schema.any(of: [item.schema($0), list.schema($0)]) }
        ) { node, label, problems in
            guard node.list != nil else { return item.read(node, label, problems).map { [$0] } }
            guard let items = list.read(node, label, problems) else { return nil }
            var seen: Set<Item> = []
            for item in items where !seen.insert(item.value).inserted {
                problems.add(item.place, .duplicateItem, "the same \(noun) stands twice", remedy: "keep one of them")
            }
            return items.map(\.value)
        }
    }
}

extension Shape where Value == [(key: Located<String>, value: Node)] {
    /// `gates: { tested: [{ evidence: unit-tests }] }`; each list is read where it is used.
    fileprivate static func gateLists(_ words: Vocabulary) -> Shape {
        let unread = Shape<Node>("a list of gates", schema: Shape<[Gate]>.gates(words).schema) {
            node,
            label,
            problems in
            if node.list == nil { problems.addWrongType(node, label, "a list of gates") }
            return node.list.map { _ in node }
        }
        return .entries(of: unread)
    }
}
