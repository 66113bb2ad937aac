import Patterns
import Testing
import TimeAndChance

@Suite struct SearchTests {
    @Test(
        arguments: [
            ("BadGatewayConnection", "step 3: BadGatewayConnection (502)", true),
            ("BadGatewayConnection", "step 3: badgatewayconnection", false),
            ("older than 15 mins *: *true", "Are any of the pods older than 15 mins : true", true),
            ("older than 15 mins *: *true", "older than 15 mins   :true!", true),
            ("older than 15 mins *: *true", "older than 15 mins : false", false),
            ("a.c", "xxabcxx", true), ("a.c", "a\nc", false), ("a.c", "a\r\nc", false), ("a[^x]c", "a\nc", false),
            ("ac", "a\nac", true), ("ab", "aab", true), ("aab", "aaab", true), ("a|b", "cab", true),
            ("é+!", "caféé!", true), ("x*", "", true), ("x", "", false), ("end", "the end", true),
            (#"exit \d{3}"#, "exit 12\nexit 123", true), ("🚂", "a 🚂 b", true), ("[α-ω]x", "αx", true),
        ] as [(String, String, Bool)]
    )
    func `a pattern occurs where a part of one line matches`(pattern: String, output: String, occurs: Bool) throws {
        #expect(try Pattern(pattern).occurs(in: output) == occurs)
    }

    @Test func `patterns that ruin backtracking matchers search 64 KiB like any other`() throws {
        let output = String(repeating: "a", count: 65_536)
        for text in ["(a*)*(a|a)*(a?){60}a{60}!", "(.*)(.*)(.*)(.*)x!", "(a|aa)+!"] {
            #expect(try !Pattern(text).occurs(in: output))
        }
    }

    @Test func `a pattern that can be in more sets of states than there is memory for is searched all the same`() throws
    {
        // Which of the last 40 signs were an a needs 2^40 sets.
        let pattern = try Pattern("a[ab]{39}c")
        var generator = SeededGenerator(seed: 5)
        let noise = String((0..<20_000).map { _ in Bool.random(using: &generator) ? "a" : "b" })
        #expect(!pattern.occurs(in: noise))
        let tail = String(repeating: "b", count: 39)
        #expect(pattern.occurs(in: noise + "a" + tail + "c"))
        #expect(!pattern.occurs(in: String(repeating: "b", count: 60) + "c"))
    }

    /// Swift's own engine stands on the other side, line by line.
    @Test func `it finds what Swift's regular expressions find`() throws {
        let parts = ["a", "b", ".", #"\d"#, "[a-c]", "[^b]", "a?", "b*", "a+", "(a|b)", "c{1,2}", #"\."#, "1", " *"]
        let letters = Array("abc1. \n")
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let text = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                parts[Int.random(in: 0..<parts.count, using: &generator)]
            }.joined()
            let ours = try Pattern(text)
            let theirs = try Regex(text)
            for _ in 0..<20 {
                let output = String(
                    (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &generator)]
                    }
                )
                let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(ours.occurs(in: output) == lines.contains { $0.contains(theirs) }, "\(text) in \(output)")
            }
        }
    }
}
