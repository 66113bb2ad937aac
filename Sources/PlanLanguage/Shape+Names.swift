import StructuredText
import TrainModel

extension Shape {
    /// A name by the rule that holds for all of them. The noun is what it names: `region`.
    static func name<Kind>(_ noun: String) -> Shape where Value == Name<Kind> {
        .text("a \(noun)'s name", schema: Schema.name) { text, place, label, problems in
            if let name = Name<Kind>(text) { return name }
            problems.addBadName(text, noun: noun, place)
            return nil
        }
    }
}

extension Schema {
    /// What `NameRule` says.
    static let name = text(pattern: NameRule.pattern, length_max: Name<Never>.length_max)
}

extension Place {
    /// Where something stands, for a reader at another place: `in line 4`, or with its file.
    func words(from other: Place) -> String { file == other.file ? "in line \(line)" : "at \(self)" }
}

extension ProblemCollector {
    func addBadName(_ text: String, noun: String, _ place: Place) {
        let tamed = String(text.lowercased().map { $0 == " " || $0 == "/" ? "-" : $0 })
        let isName = Name<Never>(tamed) != nil
        add(
            place,
            .badName,
            "\(Problem.quote(text)) is no name for a \(noun)",
            remedy: isName ? "did you mean \"\(tamed)\"?" : NameRule.sentence
        )
    }

    /// Records every name that stands a second time.
    func addDuplicates<Name: Hashable & CustomStringConvertible>(
        _ names: some Sequence<Located<Name>>,
        _ code: Problem.Code,
        noun: String,
        remedy: String
    ) {
        var first: [Name: Place] = [:]
        for name in names {
            if let earlier = first.updateValue(name.place, forKey: name.value) {
                first[name.value] = earlier
                let sentence =
                    "\(noun) \(Problem.quote(name.value.description)) already stands \(earlier.words(from: name.place))"
                add(name.place, code, sentence, remedy: remedy)
            }
        }
    }
}
