import StructuredText

/// What variables may be called, and how texts refer to them.
enum VariableRule {
    static let count_max = 100
    static let valueBytes_max = 4_096
    static let key_max = 63

    static func isKey(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= key_max, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// Why a text may not be a variable's name, in words; nil when it may.
    static func flaw(inKey text: String) -> String? {
        guard isKey(text) else { return "it has 1 to \(key_max) letters, digits and \"_\", and begins with a letter" }
        let isReserved = text.uppercased().hasPrefix("WAVETRAIN_")
        return isReserved ? "names that begin with WAVETRAIN_ are Wavetrain's own" : nil
    }

    /// What is wrong with the `${name}`s of a text, in words; nil when nothing is.
    static func flaw(inReferencesOf text: String) -> String? {
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { return "\"${\" has no \"}\"" }
            guard isKey(rest[..<end]) else { return "\(Problem.quote("${\(rest[..<end])}")) names no variable" }
            rest = rest[end...]
        }
        return nil
    }

    /// The text with every `${name}` replaced by a letter, for judging what is around them.
    static func withoutReferences(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound] + "v"
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
