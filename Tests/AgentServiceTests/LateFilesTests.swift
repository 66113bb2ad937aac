import Foundation
import Logging
import Testing

@testable import AgentService

@Suite(.timeLimit(.minutes(5))) struct LateFilesTests {
    private let folder: TemporaryFolder
    private let files = LateFiles(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))

    init() throws { folder = try TemporaryFolder() }

    private func read(_ name: String) throws -> String? {
        try Files.read("\(folder.path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    private func replace(_ name: String, with text: String) {
        files.replace("\(folder.path)/\(name)", with: Array(text.utf8))
    }

    @Test func `only the last of many changes is written, by itself, and what follows is, too`() async throws {
        for text in ["one", "two"] {
            for count in 1...100 { replace("a", with: "\(text) \(count)") }
            while try read("a") != "\(text) 100" { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    @Test func `a file that cannot be written keeps no other from being written`() throws {
        replace("no/such/folder", with: "one")
        replace("z", with: "two")
        replace("a", with: "three")
        files.writeNow()
        #expect(try read("z") == "two")
        #expect(try read("a") == "three")
        #expect(try Files.names(in: folder.path) == ["a", "z"])
    }
}
