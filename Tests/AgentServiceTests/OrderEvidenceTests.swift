import AgentLink
import Cryptography
import HostDecisions
import Logging
import SignedEnvelopes
import Testing
import TrainModel

@testable import AgentService

@Suite struct OrderEvidenceTests {
    private let folder: TemporaryFolder
    private let bundle: TestBundle
    private let key: PrivateKey
    private let files = LateFiles(logger: OrderEvidenceTests.quiet)
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init() throws {
        folder = try TemporaryFolder()
        try Files.makeFolder(folder.path + "/root")
        bundle = try TestBundle("1.0", in: folder)
        key = try PrivateKey.generate(.ed25519)
    }

    /// As an agent that is started now reads it.
    private func evidence() throws -> OrderEvidence {
        files.writeNow()
        let order = try bundle.order(generation: 1)
        return OrderEvidence(
            root: folder.path + "/root",
            files: files,
            host: HostIdentity(cluster: order.cluster, key: HostKey(region: order.region, host: order.hosts[0])),
            orders: try Verifier([key.publicKey]),
            logger: Self.quiet
        )
    }

    private func order(
        epoch: UInt64 = 1,
        generation: UInt64,
        _ change: (inout Order) throws -> Void = { _ in }
    ) throws -> Order {
        var order = try bundle.order(generation: generation)
        order.epoch = epoch
        try change(&order)
        return order
    }

    private func keep(_ order: Order, in evidence: OrderEvidence) throws {
        evidence.keep(order, try OrderCodec.seal(order, with: key).envelope)
    }

    /// Service, epoch and generation of what is shown.
    private func shown(_ evidence: OrderEvidence) throws -> [String] {
        try evidence.shown.map { envelope in
            let order = try OrderCodec.open(envelope, with: Verifier([key.publicKey])).order.value
            return "\(order.service) \(order.epoch) \(order.generation)"
        }
    }

    @Test func `the newest order of each service is shown, the highest epoch first, and after a restart, too`()
        async throws
    {
        let evidence = try evidence()
        #expect(evidence.shown.isEmpty)
        let service = try order(generation: 1).service
        let other = try #require(ServiceName("other"))
        try keep(order(epoch: 1, generation: 1), in: evidence)
        try keep(order(epoch: 2, generation: 1), in: evidence)
        try keep(order(epoch: 2, generation: 4), in: evidence)
        // Neither would be obeyed.
        try keep(order(epoch: 3, generation: 3), in: evidence)
        try keep(order(epoch: 1, generation: 5), in: evidence)
        try keep(order(epoch: 9, generation: 1) { $0.service = other }, in: evidence)
        #expect(try shown(evidence) == ["other 9 1", "\(service) 2 4"])
        #expect(try shown(self.evidence()) == ["other 9 1", "\(service) 2 4"])
    }

    @Test func `orders for other hosts, regions and clusters are not kept`() async throws {
        let evidence = try evidence()
        try keep(order(generation: 1) { $0.hosts = [try #require(HostName("host-2"))] }, in: evidence)
        try keep(order(generation: 1) { $0.region = try #require(RegionName("elsewhere")) }, in: evidence)
        try keep(order(generation: 1) { $0.cluster = try #require(ClusterName("other")) }, in: evidence)
        #expect(evidence.shown.isEmpty)
    }

    @Test func `what is damaged, forged or under another name is left out, and the rest is shown`() async throws {
        let evidence = try evidence()
        for name in ["a", "b", "c", "d"] {
            try keep(order(generation: 2) { $0.service = try #require(ServiceName(name)) }, in: evidence)
        }
        let root = folder.path + "/root/newest-orders/"
        files.writeNow()
        let kept = try Files.read(root + "a")
        let bytes = try #require(kept)
        try Files.replace(root + "a", with: Array(bytes.dropLast(3)))
        try Files.replace(root + "b", with: bytes)
        let forged = try OrderCodec.seal(
            order(epoch: 99, generation: 2) { $0.service = try #require(ServiceName("c")) },
            with: PrivateKey.generate(.ed25519)
        )
        try Files.replace(root + "c", with: forged.envelope.encoded())
        #expect(try shown(self.evidence()) == ["d 1 2"])
    }

    @Test func `what does not fit into a hello is left out`() async throws {
        let evidence = try evidence()
        for number in 1...5 {
            try keep(
                order(epoch: UInt64(number), generation: 1) { order in
                    order.service = try #require(ServiceName("s\(number)"))
                    // Nothing in there deflates.
                    order.variables = (0..<4).map { Variable(key: "V\($0)", value: noise(3_900)) }
                },
                in: evidence
            )
        }
        let bytes = try evidence.shown.map { try $0.encoded().count }
        let total = bytes.reduce(0, +)
        #expect(total <= OrderEvidence.shown_bytes_max)
        #expect(try shown(evidence).first == "s5 5 1")
        #expect(bytes.count < 5)
        try keep(
            order(epoch: 9, generation: 1) { order in
                order.service = try #require(ServiceName("large"))
                order.variables = (0..<8).map { Variable(key: "V\($0)", value: noise(3_900)) }
            },
            in: evidence
        )
        #expect(try shown(evidence).first == "s5 5 1")
    }

    private func noise(_ count: Int) -> String {
        String(
            (0..<count).map { _ in
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/".randomElement() ?? "a"
            }
        )
    }
}
