import Testing
import TrainModel

@testable import AgentService

/// What a host keeps, and what it does when there is no room.
@Suite(.timeLimit(.minutes(2))) struct DiskTests {
    private var host: TestHost

    init() throws { host = try TestHost() }

    private var root: String { host.folder.path + "/root" }
    private func releases() throws -> [String] { try Files.names(in: root + "/services/cache/releases") }

    @Test mutating func `a full disk fails the order with its figures, and the host runs on what it ran`() async throws
    {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: host.folder)
        let second = try TestBundle("2.0", in: host.folder, hooks: ["drain": "echo other"])
        _ = try await host.receipts(for: [first.order(generation: 1)], TestLink([first, second]))
        let kept = try Files.names(in: root + "/kept")
        host.reserve_bytes = 1 << 50
        let orders = [try second.order(generation: 2)]
        let receipt = try #require(try await host.receipts(for: orders, TestLink([first, second])).first)
        #expect(receipt.outcome == .returned && receipt.failedStep == .fetch)
        #expect(receipt.running?.version == Version("1.0"))
        #expect(receipt.sentence.contains("fetching cache 2.0") && receipt.sentence.contains("are to stay free"))
        #expect(receipt.sentence.contains("[disk-full]"))
        // Nothing was touched, and nothing went that would not have helped.
        #expect(try !host.log().contains { $0.hasSuffix("-2.0") })
        #expect(try releases().count == 1)
        #expect(try Files.names(in: root + "/kept") == kept)
        #expect(try Files.names(in: root + "/bundles").isEmpty)
    }

    @Test func `what failed orders leave behind is bounded, too`() async throws {
        defer { try? host.killService() }
        let fine = try TestBundle("1.0", in: host.folder)
        let broken = try (2...10).map { number in
            try TestBundle("\(number).0", in: host.folder, hooks: ["install": "echo \(number); exit 7"])
        }
        let link = try TestLink([fine] + broken)
        let orders = try ([fine] + broken).enumerated().map { try $1.order(generation: UInt64($0 + 1)) }
        try await host.withAgent(link) { [host, root] in
            for order in orders {
                try link.order(order)
                _ = try await link.receipt(of: order.id, by: host.key)
            }
            // The current one and the five before, of which the last orders' are.
            while try Files.names(in: root + "/services/cache/releases").count > 6 {
                try await Task.sleep(for: .milliseconds(5))
            }
            while try Files.names(in: root + "/kept").count > 3 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(try releases().contains { $0.hasPrefix("1.0-") })
        #expect(try Files.names(in: root + "/bundles").count <= 1)
    }
}
