import StructuredText
import Testing
import TimeAndChance

private func problems(_ yaml: String, limits: TextLimits = .standard) -> [Problem] {
    problems(Array(yaml.utf8), limits: limits)
}

private func problems(_ bytes: [UInt8], limits: TextLimits = .standard) -> [Problem] {
    let collector = ProblemCollector()
    let node = YAMLText.read(bytes, file: "f", limits: limits, collector)
    #expect(node != nil || !collector.isEmpty)
    return collector.problems?.all ?? []
}

@Suite struct YAMLTextTests {
    @Test func `every value carries its place`() throws {
        let collector = ProblemCollector()
        let yaml = "a: 1\nünï: {b: [x, 'y']}\n"
        let node = try #require(YAMLText.read(Array(yaml.utf8), file: "f", collector))
        let entries = try #require(node.mapping).entries
        #expect(
            entries.map(\.keyPlace) == [Place(file: "f", line: 1, column: 1), Place(file: "f", line: 2, column: 1)]
        )
        let list = try #require(entries[1].value.mapping?["b"]?.list)
        #expect(list.map(\.place) == [Place(file: "f", line: 2, column: 11), Place(file: "f", line: 2, column: 14)])
        #expect(list.map(\.scalar) == [Scalar("x", .plain), Scalar("y", .quoted)])
    }

    @Test(
        arguments: [
            ("a: &x 1\nb: *x", "anchor", 1, 4), ("a: *x", "anchor", 1, 4), ("<<: {a: 1}", "anchor", 1, 1),
            ("a: !secret x", "tag", 1, 4), ("a: !!binary x", "tag", 1, 4),
            ("a: 1\n---\nb: 2", "several_documents", 2, 1),
            ("", "empty", 1, 1), ("# nothing\n", "empty", 1, 1), ("a:\n\tb: 1", "tab", 2, 1),
            ("[a]: 1", "bad_key", 1, 1), ("? {a: 1}\n: 2", "bad_key", 1, 3), ("? a\n? [b]", "bad_key", 2, 3),
            ("a: b: c", "bad_syntax", 1, 5), ("a: @x", "bad_syntax", 1, 4), ("a: [1", "bad_syntax", 2, 1),
            ("a: 'x", "bad_syntax", 1, 6), ("a: \u{1}", "bad_syntax", 1, 4), ("\u{feff}a: 1", "byte_order_mark", 1, 1),
            ("a: 1\nb: 2\na: 3", "duplicate_key", 3, 1), ("a: {x: 1, y: 2, x: 3}", "duplicate_key", 1, 17),
            ("a: 1\n'a': 3", "duplicate_key", 2, 1), ("- a: 1\n  a: 2", "duplicate_key", 2, 3),
        ] as [(String, String, Int, Int)]
    )
    func `what could be misread is refused at its place`(yaml: String, code: String, line: Int, column: Int) {
        let found = problems(yaml)
        #expect(found.first?.code.rawValue == code)
        #expect(found.first?.place == Place(file: "f", line: line, column: column))
    }

    @Test func `every key that stands twice is named, and the rest of the text still read`() throws {
        let yaml = """
            a: 1
            b:
              c: 2
              d: 3
              c: 4
            a: 5
            a: 6
            e: 7
            """
        let collector = ProblemCollector()
        let node = YAMLText.read(Array(yaml.utf8), file: "f", collector)
        #expect(collector.problems?.all.map(\.place.line) == [5, 6, 7])
        #expect(node?.mapping?.entries.map(\.key) == ["a", "b", "e"])
        #expect(node?.mapping?["a"]?.scalar?.text == "1")
    }

    @Test func `stars and ampersands in text are no aliases`() {
        #expect(problems("match: 'any : *true'\nrun: make && ls *.txt &\nsame: \"&a *a\"").isEmpty)
    }

    @Test func `aliases that would unfold without end are refused at once`() {
        var yaml = "a0: &a0 [x, x]\n"
        for level in 1...60 {
            let names = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(names)]\n"
        }
        yaml += "? *a60\n: bomb\n"
        #expect(problems(yaml).first?.code == .anchor)
    }

    @Test func `bytes that are not UTF-8 are named by their place`() {
        let found = problems(Array("a: 1\nbé: ".utf8) + [0xff])
        #expect(found.map(\.code) == [.badUTF8])
        #expect(found.first?.place == Place(file: "f", line: 2, column: 5))
    }

    @Test func `size and depth have limits`() {
        #expect(problems("a: 123456", limits: TextLimits(bytes_max: 8)).map(\.code) == [.tooLarge])
        #expect(problems("a: {b: {c: 1}}", limits: TextLimits(depth_max: 4)).isEmpty)
        #expect(problems("a: {b: {c: 1}}", limits: TextLimits(depth_max: 3)).map(\.code) == [.tooDeep])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{", "a:\n "])
    func `nesting without end is refused without harm`(unit: String) {
        #expect(!problems(String(repeating: unit, count: 40_000)).isEmpty)
    }

    @Test func `garbage never crashes`() {
        let pieces = [
            "a", "b:", ": ", "- ", "\n", "\n  ", "[", "]", "{", "}", ",", "'", "\"", "#", "&a ", "*a", "!t ", "|\n",
            ">\n",
            "? ", "---\n", "%YAML", "\t", "\\", "\u{e001}", "é", "\u{0}", "<<: ", "~", "...\n", "\r",
        ]
        for seed in 0..<400 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let yaml = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            _ = problems(yaml)
        }
    }
}
