import AgentLink
import Cryptography
import Glibc
import Logging
import Testing
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct HeadFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/newest-head" }

    init() throws { folder = try TemporaryFolder() }

    private func head(_ sequence: UInt64, _ content: UInt8 = 0) -> ShownHead {
        ShownHead(sequence: sequence, hash: SHA256.digest(of: [content]))
    }

    @Test func `the newest head outlasts a restart and is never taken back`() async throws {
        let heads = try HeadFile(path: path)
        #expect(heads.newest == nil)
        #expect(heads.show(head(7)) == nil)
        #expect(heads.show(head(5)) == .older(head(5), kept: head(7)))
        try await heads.save(Logger(label: "test"))
        let again = try HeadFile(path: path)
        #expect(again.newest == head(7))
        #expect(again.show(head(7)) == nil)
        #expect(again.show(head(7, 1)) == .forked(head(7, 1), kept: head(7)))
        #expect(again.newest == head(7))
        #expect(again.show(head(8)) == nil)
        #expect(again.newest == head(8))
    }

    @Test(arguments: [
        "", "7", "seven \(String(repeating: "0", count: 64))", "7 00", "7 \(String(repeating: "0", count: 64)) 1",
    ])
    func `a file that holds no head is an error with its place, and not a host that saw nothing`(text: String) throws {
        try Files.replace(path, with: Array(text.utf8))
        let error = #expect(throws: AgentError.self) { try HeadFile(path: path) }
        #expect(error?.place == path)
    }
}
