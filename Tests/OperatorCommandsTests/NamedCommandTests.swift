import Foundation
import Testing

@testable import OperatorCommands

/// Holds, refusals and remedies tell people what to type.
@Suite(.timeLimit(.minutes(10))) struct NamedCommandTests {
    @Test func `every command that a sentence of the product names is there`() async throws {
        let named = try Self.named()
        #expect(named.count > 10)
        for words in named.sorted() {
            let capture = StandardOutput.Capture()
            let status = await StandardOutput.$capture.withValue(capture) {
                await WavetrainCommand.run(words.split(separator: " ").map(String.init) + ["--help"])
            }
            // A command group takes a word that it does not know for nothing but help; its usage shows what was found.
            let usage = capture.text.split(separator: "\n").first { $0.hasPrefix("USAGE: ") } ?? ""
            #expect(status == .ok && usage.contains("wavetrain \(words)"), "`wavetrain \(words)`: \(usage)")
        }
    }

    /// Group and command, as in `release show`; a group alone where no plain word follows.
    private static func named() throws -> Set<String> {
        var found: Set<String> = []
        let pattern = /`wavetrain ([a-z-]+(?: [a-z-]+)?)/
        for text in try sources() {
            for match in text.matches(of: pattern) { found.insert(String(match.1)) }
        }
        return found
    }

    private static func sources() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(atPath: root.path))
        return try files.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map {
            try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8)
        }
    }
}
