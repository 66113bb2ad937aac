import Patterns
import Testing

@Suite struct PatternPartTests {
    @Test(arguments: [
        ("[A-Z]+-\\d+", "Mend the lamp (WEB-22, APP-3)", "WEB-22"), ("[A-Z]+-\\d+", "web-22 and WEB-", nil),
        ("a+", "baaab aaaa", "aaa"), ("a|ab", "xab", "ab"), ("a*", "bbb", nil), ("#\\d+", "#", nil),
        ("ü+", "grüüß", "üü"), ("a.b", "a\nb a-b", "a-b"),
    ])
    func `the first part that matches is found, as long as it can be`(pattern: String, text: String, part: String?)
        throws
    {
        #expect(try Pattern(pattern).first(in: text) == part)
    }

    @Test func `a part has a greatest length`() throws {
        let text = String(repeating: "a", count: 2 * Pattern.part_max)
        #expect(try Pattern("a+").first(in: text)?.count == Pattern.part_max)
    }
}
