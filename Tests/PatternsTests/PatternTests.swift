import Patterns
import Testing
import TimeAndChance

@Suite struct PatternTests {
    @Test(
        arguments: [
            (#"\d{8}\.\d+"#, "20261120.2", true), (#"\d{8}\.\d+"#, "20261120", false),
            (#"\d{8}\.\d+"#, "20261120.2x", false),
            ("[0-9a-f]{7,}", "abc123d", true), ("[0-9a-f]{7,}", "abc123", false), ("[0-9a-f]{7,}", "abc123g", false),
            ("a|bc", "bc", true), ("a|bc", "ac", false), ("(a|b)*c", "ababc", true), ("a?b", "b", true),
            ("a?b", "aab", false),
            ("[^a-c]", "d", true), ("[^a-c]", "b", false), ("[a-]", "-", true), (#"[\d.]+"#, "1.2", true),
            (".", "é", true),
            ("a{2,3}", "aa", true), ("a{2,3}", "aaaa", false), ("(|a)b", "b", true), (#"\w+"#, "A_9", true),
            (#"\["#, "[", true),
            ("[^a]", "\n", true), (".", "\n", false), (".", "\r", false),
            ("a{0}b", "b", true), ("((a*)*)*b", "b", true), ("x", "", false), ("x*", "", true),
        ] as [(String, String, Bool)]
    )
    func `a pattern matches the whole version or not at all`(pattern: String, version: String, isMatch: Bool) throws {
        #expect(try Pattern(pattern).matches(version) == isMatch)
    }

    @Test func `a pattern that ruins backtracking matchers takes no longer than another`() throws {
        let pattern = try Pattern("(a*)*(a|a)*(a?){60}a{60}!")
        #expect(!pattern.matches(String(repeating: "a", count: 20_000)))
    }

    @Test(arguments: [
        "", "(", ")", "a)", "[", "[]", "[b-a]", "*", "a**", "{2}", "a{", "a{2", "a{3,2}", "a{99}", "\\", "\\s", "^a",
        "a$",
        String(repeating: "(", count: 15) + String(repeating: "){64}", count: 15),
    ])
    func `what is no pattern is refused`(text: String) {
        #expect(throws: Pattern.Flaw.self) { try Pattern(text) }
    }

    /// Swift's own engine stands on the other side for patterns without nesting.
    @Test func `it agrees with Swift's regular expressions`() throws {
        let parts = ["a", "b", ".", #"\d"#, "[a-c]", "[^b]", "a?", "b*", "a+", "(a|b)", "c{1,2}", #"\."#, "1"]
        let letters = Array("abc1.")
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let text = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                parts[Int.random(in: 0..<parts.count, using: &generator)]
            }.joined()
            let ours = try Pattern(text)
            let theirs = try Regex(text)
            for _ in 0..<20 {
                let version = String(
                    (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &generator)]
                    }
                )
                #expect(ours.matches(version) == (version.wholeMatch(of: theirs) != nil), "\(text) on \(version)")
            }
        }
    }
}
