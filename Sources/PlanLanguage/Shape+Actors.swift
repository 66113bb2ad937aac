import StructuredText
import TrainModel

extension Shape where Value == [Actors] {
    /// Who may act: a group, `person:ana`, `oncall(release)`, or a list of them, of which any will do. Sorted, since
    /// their order says nothing.
    static func actors(_ words: Vocabulary) -> Shape {
        let one = Shape<Actors>.actor(words)
        let list = oneOrMore("group or person", one).map { $0.sorted { $0.spelling < $1.spelling } }
        return Shape("a group, person:NAME or oncall(ROTATION), or a list of them", schema: list.schema, list.read)
            .defined(as: "actors")
    }
}

extension Shape where Value == Actors {
    fileprivate static func actor(_ words: Vocabulary) -> Shape {
        let name = "[a-z0-9][a-z0-9._-]*"
        let schema = Schema.text(pattern: "^(\(name)|person:\(name)|oncall\\(\(name)\\))$")
        return .text("a group, person:NAME or oncall(ROTATION)", schema: schema) { text, place, _, problems in
            if text.hasPrefix("person:") {
                return PersonName.read(text.dropFirst("person:".count), "person", place, problems).map { .person($0) }
            }
            guard text.hasPrefix("oncall(") else {
                return GroupName.read(text[...], "group", place, problems).map { .group($0) }
            }
            guard text.hasSuffix(")") else {
                problems.add(place, .badName, "\(Problem.quote(text)) has no \")\"", remedy: "write oncall(ROTATION)")
                return nil
            }
            let inner = text.dropFirst("oncall(".count).dropLast()
            let rotation = RotationName.read(inner, "rotation", place, problems)
            let known = Located(String(inner), at: place)
            let remedy = "define it under \"rotations\""
            guard let rotation, words.knows(known, in: words.rotations, "rotation", remedy: remedy, problems) else {
                return nil
            }
            return .oncall(rotation)
        }
    }
}

extension Actors {
    /// As a plan writes it.
    var spelling: String {
        switch self {
        case .group(let name): name.text
        case .person(let name): "person:\(name)"
        case .oncall(let name): "oncall(\(name))"
        }
    }
}

extension Name {
    /// Nil after recording that a text is no name.
    static func read(_ text: Substring, _ noun: String, _ place: Place, _ problems: ProblemCollector) -> Name? {
        if let name = Name(text) { return name }
        problems.addBadName(String(text), noun: noun, place)
        return nil
    }
}
