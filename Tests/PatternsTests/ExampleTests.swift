import Patterns
import Testing

struct ExampleTests {
    @Test(arguments: [
        #"\d{8}\.\d+"#, "[0-9a-f]{7,40}", "main", "hotfix/.*", "(alpha|beta)-[^0-9]", #"v?\d+\.\d+\.\d+(-rc\d)?"#,
        "[é-ö]+", "x*",
    ])
    func `a pattern matches its own example`(text: String) throws {
        let pattern = try Pattern(text)
        let example = try #require(try Pattern.example(of: text))
        #expect(pattern.matches(example))
    }

    @Test func `what is no pattern has no example`() {
        #expect(throws: Pattern.Flaw.self) { try Pattern.example(of: "(") }
    }
}
