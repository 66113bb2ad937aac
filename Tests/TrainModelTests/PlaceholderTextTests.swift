import Testing
import TrainModel

@Suite struct PlaceholderTextTests {
    @Test func `names are filled in, and two braces are one`() {
        let values = ["version": "1.2", "region": "eu"]
        #expect(PlaceholderText.filled("prod-{version}-{region}", { values[$0] }) == "prod-1.2-eu")
        #expect(PlaceholderText.filled("{{version}", { values[$0] }) == "{version}")
        #expect(PlaceholderText.filled("}", { values[$0] }) == "}")
        #expect(PlaceholderText.filled("", { values[$0] })?.isEmpty == true)
    }

    @Test func `what is not known or not closed is not filled in`() {
        #expect(PlaceholderText.filled("{verson}") { _ in nil } == nil)
        #expect(PlaceholderText.filled("{version") { _ in "1" } == nil)
        #expect(PlaceholderText.plainText(of: "a{{b") == "a{b" && PlaceholderText.plainText(of: "{a}") == nil)
    }

    @Test(arguments: ["", "a", "{a}", "{{", "x{{y{z}}", "{a}{b}"])
    func `parts are the text again`(text: String) throws {
        let parts = try #require(PlaceholderText.parts(of: text))
        #expect(PlaceholderText.text(of: parts) == text)
    }
}
