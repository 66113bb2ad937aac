import Testing

@testable import AgentService

@Suite struct ServiceVariablesTests {
    private func expand(_ text: String) throws -> String {
        try CheckBench().subject(port: 80, []).variables.expand(text).get()
    }

    @Test(arguments: [
        ("", ""), ("no variable", "no variable"), ("${port}", "80"), ("${service}-${version}", "cache-1.0"),
        ("x${port}y${port}z", "x80y80z"), ("größe=${port} €", "größe=80 €"),
    ])
    func `a name in braces becomes its value, and all else stays`(text: String, expected: String) throws {
        #expect(try expand(text) == expected)
    }

    @Test(arguments: ["$", "$$", "$port", "cost: 5$", "${", "${port", "a $ b { c } d", "$ {port}"])
    func `a dollar that begins no name in braces stays`(text: String) throws {
        #expect(try expand(text) == text)
    }

    @Test func `a dollar before a name in braces stays`() throws {
        #expect(try expand("$${port}$") == "$80$")
        #expect(try expand("${port}${") == "80${")
    }

    @Test(arguments: [("${}", ""), ("${ port}", " port"), ("${a${port}}", "a${port")])
    func `a name that nobody set is told as it stands there`(text: String, name: String) {
        #expect(throws: ServiceVariables.MissingVariable(name: name)) { try expand(text) }
    }
}
