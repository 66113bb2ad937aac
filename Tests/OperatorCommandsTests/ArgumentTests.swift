import Foundation
import StructuredText
import Testing
import TimeAndChance
import TrainModel

@testable import OperatorCommands

@Suite(.timeLimit(.minutes(10))) struct ArgumentTests {
    private let now = Samples.noon

    @Test(
        arguments: [
            ("2026-11-20T12:00", 0), ("2026-11-20T13:00Z", 3_600_000), ("+2h", 7_200_000), ("-10m", -600_000),
        ] as [(String, Int64)]
    )
    func `a moment is a time in UTC or so long from now`(text: String, offset_ms: Int64) throws {
        let moment = try #require(Moment(argument: text))
        #expect(moment.instant(from: now) == now + .milliseconds(offset_ms))
    }

    @Test(arguments: ["", "soon", "+", "-", "2h", "2026-11-20", "2026-13-01T00:00", "12:00"])
    func `what is no moment is refused`(text: String) {
        #expect(Moment(argument: text) == nil)
    }

    @Test func `a query escapes what has a meaning in it`() {
        var query = Query()
        #expect("\(query)".isEmpty)
        query.add("tag", "a=b c&d/ü")
        query.add("plan", PlanName("shop"))
        query.add("region", RegionName?.none)
        #expect("\(query)" == "?tag=a%3Db%20c%26d%2F%C3%BC&plan=shop")
    }

    @Test func `an in-toto statement becomes one word for each subject, its predicate's values by their path`()
        async throws
    {
        let digests = ["a", "b"].map { String(repeating: $0, count: 64) }
        let text = """
            {"_type": "https://in-toto.io/Statement/v1",
             "subject": [{"name": "web", "digest": {"sha256": "\(digests[0])"}},
                         {"name": "worker", "digest": {"sha256": "\(digests[1])", "sha512": "ff"}}],
             "predicateType": "https://example.com/Coverage/v0.2",
             "predicate": {"totals": {"lines": 81.5, "passed": true}, "suites": ["unit", "api"]}}
            """
        try await inFolder { folder in
            let path = "\(folder)/statement.json"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let words = try InTotoStatement.read(path, as: nil, about: now, note: "")
            #expect(words.map(\.predicate.text) == ["coverage", "coverage"])
            #expect(
                words.map(\.subjectWords)
                    == digests.map { String($0.prefix(12)) }
            )
            let fields = words.first?.fields.map { "\($0.key)=\($0.value)" }
            #expect(fields == ["totals.lines=81.5", "totals.passed=true", "suites.0=unit", "suites.1=api"])
            let named = try InTotoStatement.read(path, as: PredicateName("quality"), about: nil, note: "")
            #expect(named.first?.predicate.text == "quality")

            try text.replacing(digests[1], with: "1234").write(toFile: path, atomically: true, encoding: .utf8)
            let failure = #expect(throws: CommandFailure.self) {
                try InTotoStatement.read(path, as: nil, about: nil, note: "")
            }
            #expect(failure?.problems.first?.place.line == 3)
        }
    }
}
