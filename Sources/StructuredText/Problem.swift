/// One mistake in a text: where, which, in words, and what to do about it.
///
/// Printed as `plan.yaml:12:5: unknown key "window_s"; did you mean "window"?`.
public struct Problem: Error, Hashable, Sendable {
    /// Names a kind of mistake for programs, in snake case. Readers of other languages add their own.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { self.rawValue = value }
    }

    public let place: Place
    public let code: Code
    /// What is wrong, without the place and without a full stop.
    public let sentence: String
    /// What to do, where that is not plain from the sentence.
    public let remedy: String?

    public init(_ place: Place, _ code: Code, _ sentence: String, remedy: String? = nil) {
        self.place = place
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }

    /// The sentence with its remedy, without the place.
    public var message: String { remedy.map { "\(sentence); \($0)" } ?? sentence }
}

extension Problem.Code {
    // The text as a whole
    public static let tooLarge: Self = "too_large"
    public static let tooDeep: Self = "too_deep"
    public static let badUTF8: Self = "bad_utf8"
    public static let byteOrderMark: Self = "byte_order_mark"
    public static let empty: Self = "empty"
    public static let badSyntax: Self = "bad_syntax"
    public static let tab: Self = "tab"
    public static let severalDocuments: Self = "several_documents"
    public static let anchor: Self = "anchor"
    public static let tag: Self = "tag"
    // Mappings
    public static let duplicateKey: Self = "duplicate_key"
    public static let badKey: Self = "bad_key"
    public static let unknownKey: Self = "unknown_key"
    public static let missingKey: Self = "missing_key"
    public static let notOneKind: Self = "not_one_kind"
    // Values
    public static let noValue: Self = "no_value"
    public static let wrongType: Self = "wrong_type"
    public static let badValue: Self = "bad_value"
    public static let outOfRange: Self = "out_of_range"
}

extension Problem: CustomStringConvertible, Comparable {
    public var description: String { "\(place): \(message)" }

    public static func < (left: Problem, right: Problem) -> Bool {
        (left.place, left.code.rawValue, left.sentence) < (right.place, right.code.rawValue, right.sentence)
    }
}

extension Problem {
    /// Outside text for use inside a sentence: in quotation marks, on one line, at most 60 characters.
    public static func quote(_ text: some StringProtocol) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                quoted += "\\u{" + String(scalar.value, radix: 16) + "}"
            default:
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + (text.unicodeScalars.dropFirst(60).isEmpty ? "\"" : "…\"")
    }

    /// Words for a choice: `a, b or c`.
    public static func choice(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
