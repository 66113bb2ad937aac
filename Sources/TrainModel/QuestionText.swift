/// What the outside is asked with. Queries and JSON have braces of their own, so that here only a word in braces is a
/// placeholder: `{region}`, but not `{job="web"}`. `{{region}` is the plain text `{region}`.
public enum QuestionText {
    /// The words in braces, in their order.
    public static func names(in text: String) -> [String] {
        parts(of: text).compactMap { if case .name(let name) = $0 { name } else { nil } }
    }

    /// The text with what is known filled in; what is not stays as it is.
    public static func filled(_ text: String, _ value: (_ name: String) -> String?) -> String {
        parts(of: text).map { part in
            switch part {
            case .text(let text): text
            case .name(let name): value(name) ?? "{\(name)}"
            }
        }.joined()
    }

    private static func parts(of text: String) -> [PlaceholderText.Part] {
        var parts: [PlaceholderText.Part] = []
        var plain = ""
        var rest = text[...]
        while let brace = rest.firstIndex(of: "{") {
            plain += rest[..<brace]
            rest = rest[rest.index(after: brace)...]
            if let name = word(at: rest) {
                parts += [.text(plain), .name(String(name))]
                plain = ""
                rest = rest[rest.index(after: name.endIndex)...]
            } else if rest.first == "{", let name = word(at: rest.dropFirst()) {
                plain += "{\(name)}"
                rest = rest[rest.index(after: name.endIndex)...]
            } else {
                plain.append("{")
            }
        }
        return parts + [.text(plain + rest)]
    }

    /// The letters, digits and `_` up to a `}`, not beginning with a digit; nil: something else stands there.
    private static func word(at text: Substring) -> Substring? {
        let word = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = word.first, !first.isNumber, text[word.endIndex...].first == "}" else { return nil }
        return word
    }
}

extension Probe.Kind {
    /// The texts whose placeholders are filled in when it is asked.
    public var texts: [String] {
        switch self {
        case .http(let url): [url]
        case .prometheus(let url, let query): [url, query]
        case .recipe(_, let variables): variables.map(\.value)
        }
    }

    /// With what is known filled in: escaped in addresses, as it is in queries, since neither names nor versions hold a
    /// sign that could end a text there, and in variables, which no shell reads.
    public func filled(_ value: (_ name: String) -> String?) -> Probe.Kind {
        func plain(_ text: String) -> String { QuestionText.filled(text, value) }
        func address(_ text: String) -> String { QuestionText.filled(text) { value($0)?.percentEncoded } }
        switch self {
        case .http(let url): return .http(url: address(url))
        case .prometheus(let url, let query): return .prometheus(url: address(url), query: plain(query))
        case .recipe(let name, let variables):
            return .recipe(name, variables: variables.map { Variable(key: $0.key, value: plain($0.value)) })
        }
    }
}

extension String {
    /// As part of an address: everything but letters, digits, `-`, `.`, `_` and `~` escaped (RFC 3986, 2.3).
    public var percentEncoded: String {
        utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "-._~".utf8.contains(byte)
            guard !isPlain else { return String(Unicode.Scalar(byte)) }
            return "%" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
