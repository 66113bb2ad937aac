import HostDecisions
import Testing
import TrainModel

@testable import AgentService

/// Journals that are older than their host.
@Suite(.timeLimit(.minutes(10))) struct EndedFileTests {
    private let host: TestHost
    private var journal: String { host.folder.path + "/root/journal" }
    private var ended: String { host.folder.path + "/root/newest-ended" }

    init() throws { host = try TestHost() }

    /// Deploys 1.0 and 2.0 one after the other; returns the journal as it was between the two.
    private func deployTwice() async throws -> [UInt8] {
        let first = try TestBundle("1.0", in: host.folder)
        let second = try TestBundle("2.0", in: host.folder)
        let link = try TestLink([first, second])
        #expect(try await host.receipts(for: [first.order(generation: 1)], link).map(\.outcome) == [.applied])
        let between = try #require(try Files.read(journal))
        let again = try TestLink([first, second])
        #expect(try await host.receipts(for: [second.order(generation: 2)], again).map(\.outcome) == [.applied])
        return between
    }

    private func expectRefused() throws {
        let before = try host.log()
        let error = #expect(throws: AgentError.self) { try host.agent(TestLink([])) }
        #expect(error?.code == .damagedJournal && error?.sentence.contains("cache") == true)
        #expect(throws: AgentError.self) { try HostReport(root: host.folder.path + "/root") }
        #expect(try host.log() == before)
    }

    @Test func `a journal that was put back, or is gone, is not obeyed, and nothing is stopped`() async throws {
        defer { try? host.killService() }
        let between = try await deployTwice()
        let newest = try #require(try Files.read(journal))
        for old in [between, nil] {
            if let old { try Files.replace(journal, with: old) } else { try Files.remove(journal) }
            try expectRefused()
        }
        try Files.replace(journal, with: newest)
        _ = try host.agent(TestLink([]))
    }

    @Test func `a journal cut anywhere before the end of the last order is not obeyed`() async throws {
        defer { try? host.killService() }
        _ = try await deployTwice()
        let whole = try #require(try Files.read(journal))
        var cut_bytes = 0
        var refused_count = 0
        while let frame = JournalFrame.read(whole, at: cut_bytes) {
            cut_bytes += JournalFrame.header_bytes + frame.payload.count
            try Files.replace(journal, with: Array(whole[..<cut_bytes]))
            let records = try Journal.read(path: journal)
            let knowsEnd = records.contains { $0.endsAnOrder && "\($0)".contains("2.0") }
            if !knowsEnd {
                try expectRefused()
                refused_count += 1
            }
        }
        #expect(refused_count > 3)
        _ = try host.agent(TestLink([]))
    }

    @Test(arguments: ["", "cache", "cache x y\n", "cache 2\n", "\u{0}\u{0}\u{0}", "no such service 3 1\n"])
    func `what cannot be read there proves nothing`(text: String) async throws {
        defer { try? host.killService() }
        // Believed, it would not let this one pass.
        try Files.replace(journal, with: try await deployTwice())
        try Files.replace(ended, with: Array(text.utf8))
        _ = try host.agent(TestLink([]))
    }
}
