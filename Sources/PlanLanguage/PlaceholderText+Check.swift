import StructuredText
import TrainModel

extension PlaceholderText {
    /// Records what is wrong with the placeholders of a text.
    static func check(_ text: Located<String>, _ problems: ProblemCollector) {
        guard let parts = parts(of: text.value) else {
            problems.add(
                text.place,
                .badPlaceholder,
                "a \"{\" has no \"}\"",
                remedy: "write \"{{\" for the sign itself"
            )
            return
        }
        for case .name(let name) in parts where !names.contains(name) {
            problems.add(
                text.place,
                .badPlaceholder,
                "nothing is known as \(Problem.quote("{\(name)}"))",
                remedy: Suggestion.nearest(to: name, among: names).map { "did you mean \"{\($0)}\"?" }
                    ?? "known are \(names.joined(separator: ", ")); write \"{{\" for the sign itself"
            )
        }
    }
}
