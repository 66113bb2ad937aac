import Testing
import TrainModel

@Suite struct QuestionTextTests {
    private static let values = ["region": "eu", "version": "1.2+build"]

    private static func filled(_ text: String) -> String { QuestionText.filled(text) { values[$0] } }

    @Test func `a word in braces is filled in, and what is not known stays`() {
        #expect(Self.filled("{region}/{version}/{nobody}") == "eu/1.2+build/{nobody}")
        #expect(QuestionText.names(in: "{region}/{version}/{nobody}") == ["region", "version", "nobody"])
        #expect(Self.filled("{{region} is {region}") == "{region} is eu")
    }

    @Test(arguments: [
        #"sum(rate(errors{job="web",code=~"5.{2}"}[5m])) by (job) / total{}"#, #"{"metric.name"}"#,
        #"{"queues":{"in":{}}}"#, "{{", "{", "}", "{}", "{2}", "{region", "{ region }", "{a-b}", "",
    ])
    func `a query's own braces stay`(text: String) {
        #expect(Self.filled(text) == text)
        #expect(QuestionText.names(in: text).isEmpty)
    }

    @Test func `a placeholder may stand within a query's own braces`() {
        #expect(Self.filled(#"up{region="{region}"}"#) == #"up{region="eu"}"#)
    }

    @Test func `addresses are escaped, queries and variables are not`() throws {
        func filled(_ kind: Probe.Kind) -> Probe.Kind { kind.filled { Self.values[$0] } }
        #expect(
            filled(.http(url: "http://{region}.example.com/?v={version}"))
                == .http(url: "http://eu.example.com/?v=1.2%2Bbuild")
        )
        #expect(
            filled(.prometheus(url: "http://{region}:9090", query: #"up{v="{version}"}"#))
                == .prometheus(url: "http://eu:9090", query: #"up{v="1.2+build"}"#)
        )
        let name = try #require(RecipeName("depth"))
        #expect(
            filled(.recipe(name, variables: [Variable(key: "queue", value: "$({region}) {version}")]))
                == .recipe(name, variables: [Variable(key: "queue", value: "$(eu) 1.2+build")])
        )
    }
}
