import StructuredText

/// Text in which `{name}` stands for something that is known only when it is used; `{{` is a plain `{`.
enum PlaceholderText {
    /// Known when something is deployed.
    static let names = [
        "plan", "release", "number", "version", "artifact", "service", "stage", "wave", "region", "candidate", "author",
        "previous", "date", "reference",
    ]

    enum Part: Hashable {
        case text(String)
        /// Without its braces.
        case name(String)
    }

    /// Nil where a `{` has no `}`.
    static func parts(of text: String) -> [Part]? {
        var parts: [Part] = []
        var plain = ""
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            plain += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            if rest.first == "{" {
                plain.append("{")
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: "}") else { return nil }
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = ""
            parts.append(.name(String(rest[..<end])))
            rest = rest[rest.index(after: end)...]
        }
        plain += rest
        return plain.isEmpty ? parts : parts + [.text(plain)]
    }

    /// The parts as text again.
    static func text(of parts: [Part]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text.replacing("{", with: "{{")
            case .name(let name): "{\(name)}"
            }
        }.joined()
    }

    /// What the text says when nothing in it is left open; nil where something is.
    static func plainText(of text: String) -> String? {
        parts(of: text)?.reduce("") { whole, part in
            if let whole, case .text(let text) = part { whole + text } else { nil }
        }
    }

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
