/// Text in which `{name}` stands for something that is known only when it is used; `{{` is a plain `{`.
public enum PlaceholderText {
    /// Known when something is deployed.
    public static let names = [
        "plan", "release", "number", "version", "artifact", "service", "stage", "wave", "region", "candidate", "author",
        "previous", "date", "reference",
    ]

    public enum Part: Hashable, Sendable {
        case text(String)
        /// Without its braces.
        case name(String)
    }

    /// Nil where a `{` has no `}`.
    public static func parts(of text: String) -> [Part]? {
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

    /// The text with what is known filled in; nil where a `{` has no `}`, or a name is not known.
    public static func filled(_ text: String, _ value: (_ name: String) -> String?) -> String? {
        guard let parts = parts(of: text) else { return nil }
        var filled = ""
        for part in parts {
            switch part {
            case .text(let text): filled += text
            case .name(let name):
                guard let value = value(name) else { return nil }
                filled += value
            }
        }
        return filled
    }

    /// The parts as text again.
    public static func text(of parts: [Part]) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text.replacing("{", with: "{{")
            case .name(let name): "{\(name)}"
            }
        }.joined()
    }

    /// What the text says when nothing in it is left open; nil where something is.
    public static func plainText(of text: String) -> String? { filled(text) { _ in nil } }
}
