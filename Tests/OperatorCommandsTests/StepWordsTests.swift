import Testing
import TrainModel

@testable import OperatorCommands

@Suite struct StepWordsTests {
    private func host(_ steps: [String: Step], says: [String: String] = [:]) throws -> HostView {
        var host = try Samples.host("a", "updating")
        for (service, step) in steps { host.steps[try #require(ServiceName(service))] = step }
        for (service, words) in says { host.says[try #require(ServiceName(service))] = words }
        return host
    }

    @Test func `a step is said with what its hook says of itself, made harmless`() throws {
        #expect(try host(["web": .start]).stepWords == "start")
        #expect(try host(["web": .start], says: ["web": "pulling the image"]).stepWords == "start (pulling the image)")
        #expect(
            try host(["web": .fetch, "worker": .start], says: ["worker": "half way"]).stepWords
                == "web fetch + worker start (half way)"
        )
        #expect(try !host(["web": .start], says: ["web": "\u{1b}[2J"]).stepWords.contains("\u{1b}"))
    }
}
