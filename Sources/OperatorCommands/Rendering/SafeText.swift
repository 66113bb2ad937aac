/// Text that came from an agent, a hook or another person, made harmless for a terminal: control characters, which
/// could move the cursor or forge lines, become visible.
enum SafeText {
    static func line(_ text: some StringProtocol) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                safe += scalar == "\n" ? " " : "\\u{\(String(scalar.value, radix: 16))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
