/// A line in parts, so that it can be cut to a width before colours, which have none, come in.
struct StyledLine: Hashable, ExpressibleByStringLiteral {
    enum Style: String {
        case plain = ""
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    private struct Part: Hashable {
        var text: String
        var style: Style
    }

    private var parts: [Part] = []

    init() {}

    init(_ text: String, _ style: Style = .plain) {
        add(text, style)
    }

    init(stringLiteral text: String) {
        self.init(text)
    }

    var text: String { parts.map(\.text).joined() }
    var width: Int { parts.reduce(0) { $0 + $1.text.count } }

    mutating func add(_ text: String, _ style: Style = .plain) {
        guard !text.isEmpty else { return }
        parts.append(Part(text: text, style: style))
    }

    /// Adds spaces until the line is so wide.
    mutating func pad(to width: Int) {
        add(String(repeating: " ", count: max(0, width - self.width)))
    }

    /// At most so wide; what is cut off is marked.
    func cut(to width: Int) -> StyledLine {
        guard self.width > width else { return self }
        var line = StyledLine()
        for part in parts {
            let room = width - 1 - line.width
            guard room > 0 else { break }
            line.add(String(part.text.prefix(room)), part.style)
        }
        line.add("…", .dim)
        return line
    }

    func painted(colours: Bool) -> String {
        guard colours else { return text }
        return parts.map { part in
            part.style == .plain ? part.text : "\u{1b}[\(part.style.rawValue)m\(part.text)\u{1b}[0m"
        }.joined()
    }
}
