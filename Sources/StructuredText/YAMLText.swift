import Yams

/// Reads the YAML that people write: one document of mappings, lists and text.
///
/// Less than YAML allows is taken, so that a file means what it seems to mean: no key twice, no anchors, aliases,
/// merge keys or tags, no second document, only text as keys. Text without quotation marks stays text until somebody
/// asks for a number, a truth value or a length of time.
public enum YAMLText {
    /// Reads a document; records every problem and returns nil when there is nothing to go on with. A key that stands
    /// twice is recorded and its second value left out, so that the rest can still be checked.
    public static func read(
        _ bytes: [UInt8],
        file: String,
        limits: TextLimits = .standard,
        _ problems: ProblemCollector
    ) -> Node? {
        guard let text = limits.text(of: bytes, file: file, problems) else { return nil }
        let source = YAMLSource(text: text, file: file, limits: limits, problems: problems)
        return source.read()
    }

    /// Reads a document whose root is a mapping into a value. `body` returns nil only after a recorded problem.
    public static func decode<Value>(
        _ bytes: [UInt8],
        file: String,
        limits: TextLimits = .standard,
        _ body: @escaping (Fields) -> Value?
    ) throws(Problems) -> Value {
        let problems = ProblemCollector()
        let node = read(bytes, file: file, limits: limits, problems)
        return try Fields.decode(node, file: file, problems, body)
    }
}

extension Fields {
    static func decode<Value>(
        _ node: Node?,
        file: String,
        _ problems: ProblemCollector,
        _ body: @escaping (Fields) -> Value?
    ) throws(Problems) -> Value {
        let value = node.flatMap { Shape.mapping(body).read($0, "the document", problems) }
        try problems.check()
        guard let value else { throw Problems(Problem(.start(of: file), .badValue, "cannot be read")) }
        return value
    }
}

/// One reading of one YAML text through libyaml.
private struct YAMLSource {
    var text: String
    let file: String
    let limits: TextLimits
    let problems: ProblemCollector

    func read() -> Node? {
        do {
            // Following an alias can take exponential time inside the parser, in the search for duplicate keys. So
            // the first look is at a copy in which an alias is plain text; only a text without anchors gets a second.
            if text.utf8.contains(UInt8(ascii: "&")), text.utf8.contains(UInt8(ascii: "*")) {
                var copy = self
                copy.text = text.replacing("*", with: "\u{e000}")
                let (document, _) = try copy.compose()
                guard let document, !recordAnchors(in: document.root) else { return nil }
            }
            let (document, renamed_count) = try compose(recordingDuplicates: true)
            guard let document else {
                if problems.isEmpty { problems.add(.start(of: file), .empty, "holds nothing") }
                return nil
            }
            // Nodes hold their anchors weakly; the parser keeps them alive.
            return withExtendedLifetime(document.parser) {
                recordAnchors(in: document.root) ? nil : convert(document.root, depth: 1, renamed_count: renamed_count)
            }
        } catch {
            problems.add(problem(for: error))
            return nil
        }
    }

    private typealias Document = (root: Yams.Node, parser: Yams.Parser)

    private static func document(_ text: String) throws -> Document? {
        let parser = try Yams.Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
        return try parser.singleRoot().map { ($0, parser) }
    }

    // MARK: Duplicate keys

    /// As many keys that stand twice as are named at once; fewer in a long text, since each costs another parsing.
    private static let renamed_count_max: UInt32 = 8
    private static let parsedAgain_bytes_max = 1 << 20
    /// Duplicate keys are renamed by a first letter from here on (private use, so that no honest key begins with it).
    private static let renamed_first: UInt32 = 0xe001

    /// The parser stops at a mapping with a key twice and names the first place only. So the second one is looked up,
    /// recorded and renamed, and the text parsed again, until nothing stands twice.
    private func compose(recordingDuplicates: Bool = false) throws -> (Document?, renamed_count: UInt32) {
        var lines = DuplicateKeyFinder(text)
        var text = text
        var renamed_count: UInt32 = 0
        while true {
            do {
                return (try Self.document(text), renamed_count)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                let key = keys.first ?? ""
                let first = context.mark
                guard let letter = Unicode.Scalar(Self.renamed_first + renamed_count),
                    let second = lines.renameSecond(key, after: (first.line, first.column), to: letter)
                else {
                    if recordingDuplicates { problems.add(duplicate(key, at: first.line, first.column, of: first)) }
                    return (nil, renamed_count)
                }
                if recordingDuplicates { problems.add(duplicate(key, at: second.line, second.column, of: first)) }
                renamed_count += 1
                guard renamed_count < Self.renamed_count_max,
                    text.utf8.count * Int(renamed_count) < Self.parsedAgain_bytes_max
                else { return (nil, renamed_count) }
                text = lines.text
            }
        }
    }

    private func duplicate(_ key: String, at line: Int, _ column: Int, of first: Yams.Mark) -> Problem {
        Problem(
            Place(file: file, line: line, column: column),
            .duplicateKey,
            "the key \(Problem.quote(key)) stands twice, first in line \(first.line)",
            remedy: "keep one of them"
        )
    }

    // MARK: Nodes

    /// Records each anchor; true when there was one.
    private func recordAnchors(in node: Yams.Node) -> Bool {
        var found = node.anchor != nil
        if found {
            problems.add(place(of: node), .anchor, "anchors and aliases are not read", remedy: "write the value out")
        }
        switch node {
        case .scalar, .alias: break
        case .sequence(let sequence):
            for item in sequence where recordAnchors(in: item) { found = true }
        case .mapping(let mapping):
            for (key, value) in mapping {
                if recordAnchors(in: key) { found = true }
                if recordAnchors(in: value) { found = true }
            }
        }
        return found
    }

    private func convert(_ node: Yams.Node, depth: Int, renamed_count: UInt32) -> Node? {
        let place = place(of: node)
        guard depth <= limits.depth_max else {
            problems.add(place, .tooDeep, "stands deeper than \(limits.depth_max) levels", remedy: "make it flatter")
            return nil
        }
        guard Self.tags.contains(node.tag.rawValue) else {
            problems.add(
                place,
                .tag,
                "tags such as \(Problem.quote(node.tag.rawValue)) are not read",
                remedy: "leave it out"
            )
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return Node(.scalar(Scalar(scalar.string, isPlain ? .plain : .quoted)), at: place)
        case .sequence(let sequence):
            let items = sequence.compactMap { convert($0, depth: depth + 1, renamed_count: renamed_count) }
            return Node(.list(items), at: place)
        case .mapping(let mapping):
            let entries = mapping.compactMap { key, value in
                entry(key, value, depth: depth, renamed_count: renamed_count)
            }
            return Node(.mapping(Mapping(entries)), at: place)
        case .alias:
            problems.add(place, .anchor, "anchors and aliases are not read", remedy: "write the value out")
            return nil
        }
    }

    private func entry(_ key: Yams.Node, _ value: Yams.Node, depth: Int, renamed_count: UInt32) -> Mapping.Entry? {
        let keyPlace = place(of: key)
        guard case .scalar(let scalar) = key, !scalar.string.isEmpty else {
            problems.add(keyPlace, .badKey, "a key must be text", remedy: "write a word before the \":\"")
            return nil
        }
        guard scalar.string != "<<" || scalar.style != .plain else {
            problems.add(keyPlace, .anchor, "merge keys are not read", remedy: "write the values out")
            return nil
        }
        if let first = scalar.string.unicodeScalars.first?.value,
            first >= Self.renamed_first, first - Self.renamed_first < renamed_count
        {
            return nil
        }
        return convert(value, depth: depth + 1, renamed_count: renamed_count).map {
            Mapping.Entry(key: scalar.string, keyPlace: keyPlace, value: $0)
        }
    }

    /// What the parser calls values that carry no tag of their own.
    private static let tags: Set<String> = [
        Tag.Name.implicit.rawValue, Tag.Name.nonSpecific.rawValue, Tag.Name.str.rawValue, Tag.Name.seq.rawValue,
        Tag.Name.map.rawValue,
    ]

    private func place(of node: Yams.Node) -> Place {
        node.mark.map { Place(file: file, line: $0.line, column: $0.column) } ?? .start(of: file)
    }

    // MARK: Errors

    private func problem(for error: any Error) -> Problem {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            return syntaxProblem(problem, context: context?.text, mark)
        case YamlError.reader(let problem, let offset, let value, _):
            let place = offset.map { self.place(ofCharacter: $0) } ?? .start(of: file)
            let character = "U+" + String(value, radix: 16, uppercase: true)
            return Problem(place, .badSyntax, "\(problem) (\(character))", remedy: "remove the character")
        default:
            return Problem(.start(of: file), .badSyntax, "cannot be read: \(error)")
        }
    }

    private func syntaxProblem(_ problem: String, context: String?, _ mark: Yams.Mark) -> Problem {
        let place = Place(file: file, line: mark.line, column: mark.column)
        let line =
            text.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
            .dropFirst(mark.line - 1).first ?? ""
        if let tab = line.prefix(while: { $0 == " " || $0 == "\t" }).firstIndex(of: "\t") {
            let column = line.distance(from: line.startIndex, to: tab) + 1
            let place = Place(file: file, line: mark.line, column: column)
            return Problem(place, .tab, "a tab stands in the indentation", remedy: "indent with spaces")
        }
        switch problem {
        case "but found another document":
            return Problem(place, .severalDocuments, "a second document begins here", remedy: "use one file for each")
        case "found undefined alias":
            return Problem(place, .anchor, "anchors and aliases are not read", remedy: "write the value out")
        case "mapping values are not allowed in this context":
            return Problem(
                place,
                .badSyntax,
                "a \":\" is not expected here",
                remedy: "check the indentation, or put text that holds \": \" in quotation marks"
            )
        case "found character that cannot start any token":
            let remedy = "put text that begins with it in quotation marks"
            return Problem(place, .badSyntax, "this character cannot begin a value", remedy: remedy)
        case "did not find expected key", "did not find expected '-' indicator", "could not find expected ':'":
            let words = "\(context.map { "\($0): " } ?? "")\(problem)"
            return Problem(place, .badSyntax, words, remedy: "check the indentation and the \":\" behind each key")
        default:
            return Problem(place, .badSyntax, "\(context.map { "\($0): " } ?? "")\(problem)")
        }
    }

    private func place(ofCharacter offset: Int) -> Place {
        var line = 1
        var column = 1
        for character in text.prefix(offset) {
            if character.isNewline { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return Place(file: file, line: line, column: column)
    }
}
