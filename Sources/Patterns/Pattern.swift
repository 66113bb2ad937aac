/// A pattern for texts: `\d{8}\.\d+` for a version, `pods older than 15 mins *: *true` for a failure in a hook's output.
///
/// A small part of the usual regular expressions: letters as they are, `.` for any character but a line's end, `\d`,
/// `\w`, `[a-z0-9]`, `[^a]`, `( )`, `|`, `*`, `+`, `?`, `{n}`, `{n,}` and `{n,m}`; a `\` makes a sign plain. Capitals
/// and small letters differ; a space is a sign like any other, so ` *` is any number of spaces.
///
/// It is run as a set of states in time proportional to the text's length, so that no pattern and no output can take a
/// release hostage: 64 KiB of output cost one or two milliseconds, with the largest patterns some thirty.
public struct Pattern: Sendable {
    /// Why a text is no pattern.
    public struct Flaw: Error, Hashable, Sendable {
        public let sentence: String
        public let remedy: String?

        init(_ sentence: String, remedy: String? = nil) {
            self.sentence = sentence
            self.remedy = remedy
        }
    }

    public static let length_max = 200

    private let machine: PatternMachine

    /// Reads 1 to `length_max` characters.
    public init(_ text: String) throws(Flaw) {
        guard !text.isEmpty, text.unicodeScalars.count <= Self.length_max else {
            throw Flaw("it must have 1 to \(Self.length_max) characters")
        }
        var reader = PatternReader(text)
        machine = PatternMachine(try PatternProgram(reader.pattern()))
    }

    /// Whether the whole text matches.
    public func matches(_ text: some StringProtocol) -> Bool {
        var search = PatternSearch(machine, isUnanchored: false)
        return search.takesAll(of: text.unicodeScalars)
    }

    /// Whether a part of any line matches. Lines end with `\n`, `\r\n` or `\r`, and no match goes beyond one. A pattern
    /// that matches nothing at all, as `x*`, occurs everywhere.
    public func occurs(in text: some StringProtocol) -> Bool {
        var search = PatternSearch(machine, isUnanchored: true)
        return search.occurs(in: String(text))
    }

    /// The longest of a matching part's characters that are looked at.
    public static let part_max = 200

    /// The first part of any line that matches, as long as it can be up to `part_max` characters; nil where none of at
    /// least one character does. Its time grows with the text's length times `part_max`.
    public func first(in text: String) -> String? {
        guard occurs(in: text) else { return nil }
        let scalars = Array(text.unicodeScalars)
        for start in scalars.indices {
            var search = PatternSearch(machine, isUnanchored: false)
            guard let count = search.longest(in: scalars[start...], count_max: Self.part_max), count > 0 else {
                continue
            }
            var part = String.UnicodeScalarView()
            part.append(contentsOf: scalars[start..<(start + count)])
            return String(part)
        }
        return nil
    }
}
