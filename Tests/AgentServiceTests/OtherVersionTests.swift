import Testing

@testable import AgentService

/// What an agent does with a journal that a later one has written.
@Suite struct OtherVersionTests {
    @Test func `a kind of record that this agent does not know is one clear trouble, and the journal stays as it is`()
        throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal"
        do { _ = try Journal(path: path) { _ in } }
        let payload = Array(#"[{"inventedLater":{"_0":7}}]"#.utf8)
        let later = JournalFrame(sequence: 2, flushed: 1, payload: payload)
        let bytes = try #require(try Files.read(path)) + later.bytes
        try Files.replace(path, with: bytes)
        let error = try #require(throws: AgentError.self) { _ = try Journal(path: path) { _ in } }
        #expect(error.code == .damagedJournal)
        #expect(error.exitCode == 65)
        #expect(error.sentence.contains("frame 2 is of another version of the agent"))
        #expect(try Files.read(path) == bytes)
    }
}
