import AgentLink
import Cryptography
import Glibc
import Logging
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService
@testable import ControllerService

/// A controller that certifies hosts of several regions and lets the shipped desk decide who of a region fetches from it.
/// A host's region is what its name begins with.
private final class RegionController: AgentLinkService {
    struct Diary {
        var linked: Set<HostKey> = []
        /// What hosts said to have when they came.
        var held: [HostKey: [Digest]] = [:]
        /// Whole bundles that went from the controller to a region.
        var copies: [RegionName: Int] = [:]
        var receipts: [HostKey: Receipt] = [:]
        var keys: [HostName: PublicKey] = [:]
    }

    let authority: TestAuthority
    let orderKey: PrivateKey
    let diary = Mutex(Diary())
    private let bundle: TestBundle
    private let desk = CopyDesk(RegionCopies.Limits(), clock: SteadyWallClock.sinceBoot)

    /// Takes everybody who shares for somebody who has the bundle.
    private let believesInHolders: Bool

    init(_ bundle: TestBundle, believesInHolders: Bool = false) throws {
        self.bundle = bundle
        self.believesInHolders = believesInHolders
        authority = try TestAuthority()
        orderKey = try PrivateKey.generate(.ed25519)
    }

    static func region(of host: HostName) throws -> RegionName {
        try #require(RegionName(host.text.prefix { $0 != "-" }))
    }

    func listen() async throws -> AgentListener {
        try await authority.listen(for: self, on: MultiThreadedEventLoopGroup.singleton)
    }

    func admit(_ agent: AgentIdentity) -> Farewell? { nil }

    func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome {
        desk.linked(agent.host, at: hello.bundleAddress, has: hello.heldBundles)
        if believesInHolders { desk.linked(agent.host, at: hello.bundleAddress, has: [bundle.artifact.digest]) }
        diary.withLock { diary in
            diary.linked.insert(agent.host)
            diary.held[agent.host] = hello.heldBundles
        }
        return Welcome(controllerVersion: "test", epoch: 1, head: nil, heartbeatEvery: .seconds(5), at: WallClock.now())
    }

    func received(_ report: AgentReport, from host: HostKey) {
        guard case .receipt(_, let envelope) = report else { return }
        diary.withLock { diary in
            guard let key = diary.keys[host.host] else { return }
            do {
                diary.receipts[host] = try ReceiptCodec.open(envelope, with: Verifier([key])).value
            } catch {
                Issue.record("\(host) sends what is no receipt: \(error)")
            }
        }
    }

    func sessionClosed(_ host: HostKey, because error: LinkError) { desk.unlinked(host) }
    func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer { .refused("not here") }

    func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer {
        .refused(Farewell(code: "no", sentence: "Nobody enrols here."))
    }

    /// What a host has after its enrolment.
    func enrolled(_ host: HostName, _ key: PublicKey) throws -> Enrolled {
        let region = try Self.region(of: host)
        let peer = PeerName.agent(cluster: authority.cluster, region: region, host: host)
        let validity = try TestAuthority.validity(seconds: 86_400)
        let terms = try CertificateTerms(peer: peer, usages: .clientAuth, validity: validity)
        diary.withLock { $0.keys[host] = key }
        return Enrolled(
            cluster: authority.cluster,
            region: region,
            // With the authority behind it, as the controller sends it.
            certificateChainPEM: try authority.authority.issue(for: key, under: terms).pem
                + authority.authority.certificate.pem,
            authorityPEM: authority.authority.certificate.pem,
            orderKeysPEM: [orderKey.publicKey.pem]
        )
    }

    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        guard wish.digest == bundle.artifact.digest else { return .nothing }
        switch wish.part {
        case .index: return .nothing
        case .held:
            desk.holds(host, wish.digest)
            return .noted
        case .bytes:
            let (ticket, answer) = await desk.ask(host, wish.digest, takesNeighbours: wish.takesNeighbours)
            switch answer {
            case .neighbours(let neighbours):
                let grant = BundleGrant(
                    cluster: authority.cluster,
                    host: host,
                    digest: wish.digest,
                    expires: WallClock.now() + BundleGrant.lifetime
                )
                do {
                    return .neighbours(neighbours, grant: try grant.sealed(with: orderKey))
                } catch {
                    Issue.record("\(error)")
                    return .nothing
                }
            case .serve:
                let file = BundleFile(path: bundle.archive, length_bytes: bundle.artifact.length_bytes)
                return .file(file) { [self] isSent in
                    if isSent { diary.withLock { $0.copies[host.region, default: 0] += 1 } }
                    desk.ended(ticket, isSent: isSent)
                }
            }
        }
    }
}

/// Real agents of two regions with real neighbours, over TLS on the loopback.
@Suite(.timeLimit(.minutes(2))) struct RegionTests {
    private let folder: TemporaryFolder
    private let bundle: TestBundle
    private let controller: RegionController

    init() throws {
        folder = try TemporaryFolder()
        // Of several chunks on the wire, so that copying takes a while.
        var chance = SeededGenerator(seed: 1)
        let noise = (0..<100_000).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &chance), radix: 36) }
        try folder.write("source-1.0/data", noise.joined(separator: "\n"))
        bundle = try TestBundle("1.0", in: folder)
        controller = try RegionController(bundle)
    }

    /// Free when it was asked for; nobody else here listens on ports of the kernel's choice for long.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int? in
                guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
                    return nil
                }
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
        return try #require(port)
    }

    private func configuration(_ host: String, sharingAt port: Int?) throws -> AgentConfiguration {
        var configuration = AgentConfiguration()
        configuration.root = "\(folder.path)/\(host)"
        configuration.variables = ["state": "\(folder.path)/\(host)-state"]
        try Files.makeFolder("\(folder.path)/\(host)-state")
        if let port {
            let address = try #require(NetworkAddress(host: "127.0.0.1", port: port))
            configuration.share = AgentConfiguration.Share(listen: address, address: address)
        }
        return configuration
    }

    private func order(_ region: String, _ hosts: [String]) throws -> Order {
        var order = try bundle.order(generation: 1)
        order.region = try #require(RegionName(region))
        order.hosts = try hosts.sorted().map { try #require(HostName($0)) }
        order.id = OrderID(
            release: order.release,
            region: order.region,
            service: order.service,
            generation: 1,
            batch: 1,
            attempt: 1
        )
        return order
    }

    /// Deploys to all hosts of all regions at once.
    ///
    /// - Parameter ports: where each host shares; nil: nowhere.
    private func deploy(
        _ regions: [String: [String]],
        ports: [String: Int],
        by controller: RegionController? = nil
    ) async throws -> RegionController.Diary {
        let controller = controller ?? self.controller
        let listener = try await controller.listen()
        let hosts = regions.values.flatMap { $0 }
        var configurations: [AgentConfiguration] = []
        for host in hosts {
            let configuration = try configuration(host, sharingAt: ports[host])
            let files = IdentityFiles(root: configuration.root)
            let enrolled = try controller.enrolled(#require(HostName(host)), files.keyForEnrolment().publicKey)
            try files.save(enrolled, controller: "127.0.0.1:\(listener.port)")
            configurations.append(configuration)
        }
        defer { for host in hosts { endService(of: host) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for configuration in configurations {
                group.addTask {
                    let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
                    do {
                        try await AgentCommands.run(.fixed(configuration), logger: quiet)
                    } catch is CancellationError {}
                }
            }
            while controller.diary.withLock({ $0.linked.count }) < hosts.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            for (region, names) in regions {
                let order = try order(region, names)
                let sealed = try OrderCodec.seal(order, with: controller.orderKey)
                let keys = order.hosts.map { HostKey(region: order.region, host: $0) }
                #expect(listener.send(sealed, to: keys).isEmpty)
            }
            while controller.diary.withLock({ $0.receipts.count }) < hosts.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        await listener.stop()
        return controller.diary.withLock { $0 }
    }

    private func endService(of host: String) {
        let pid = try? folder.read("\(host)-state/pid").flatMap { pid_t($0.filter(\.isNumber)) }
        if let pid { _ = kill(pid, SIGKILL) }
    }

    private let west = (1...4).map { "west-\($0)" }
    private let east = (1...2).map { "east-\($0)" }

    @Test func `one copy crosses to each region, however many hosts it has`() async throws {
        var ports: [String: Int] = [:]
        for host in west + east { ports[host] = try Self.freePort() }
        let diary = try await deploy(["west": west, "east": east], ports: ports)
        #expect(diary.receipts.count == 6)
        for (host, receipt) in diary.receipts { #expect(receipt.outcome == .applied, "\(host): \(receipt.sentence)") }
        #expect(diary.copies.map { "\($0): \($1)" }.sorted() == ["east: 1", "west: 1"])
    }

    @Test func `where nobody shares, the controller serves everybody at once`() async throws {
        let diary = try await deploy(["west": west], ports: [:])
        for (host, receipt) in diary.receipts { #expect(receipt.outcome == .applied, "\(host): \(receipt.sentence)") }
        #expect(Array(diary.copies.values) == [4])
    }

    @Test func `neighbours that have nothing of what they are asked for fail no deployment`() async throws {
        var ports: [String: Int] = [:]
        for host in west { ports[host] = try Self.freePort() }
        let diary = try await deploy(
            ["west": west],
            ports: ports,
            by: RegionController(bundle, believesInHolders: true)
        )
        #expect(diary.receipts.count == 4)
        for (host, receipt) in diary.receipts { #expect(receipt.outcome == .applied, "\(host): \(receipt.sentence)") }
    }

    @Test func `a host says what it holds when it comes again, and not what it has lost or does not share`()
        async throws
    {
        func ports() throws -> [String: Int] { ["east-1": try Self.freePort(), "east-3": try Self.freePort()] }
        let hosts = east + ["east-3"]
        let first = try await deploy(["east": hosts], ports: ports())
        #expect(first.held.values.flatMap { $0 } == [])
        try Files.remove("\(folder.path)/east-3/kept")
        let again = try RegionController(bundle)
        // The ports of agents that ran in this process stay taken.
        let others = try ports()
        let listener = try await again.listen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for host in hosts {
                let configuration = try configuration(host, sharingAt: others[host])
                let files = IdentityFiles(root: configuration.root)
                let enrolled = try again.enrolled(#require(HostName(host)), files.keyForEnrolment().publicKey)
                try files.save(enrolled, controller: "127.0.0.1:\(listener.port)")
                group.addTask {
                    let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
                    do { try await AgentCommands.run(.fixed(configuration), logger: quiet) } catch is CancellationError
                    {}
                }
            }
            while again.diary.withLock({ $0.held.count }) < hosts.count { try await Task.sleep(for: .milliseconds(5)) }
            group.cancelAll()
            try await group.waitForAll()
        }
        await listener.stop()
        let held = again.diary.withLock { $0.held }.mapKeys(\.host.text)
        #expect(held == ["east-1": [bundle.artifact.digest], "east-2": [], "east-3": []])
    }

    @Test func `an agent that cannot listen for neighbours works without`() async throws {
        // Both want the same port; one gets it.
        let port = try Self.freePort()
        let diary = try await deploy(["east": east], ports: ["east-1": port, "east-2": port])
        #expect(diary.receipts.count == 2)
        for (host, receipt) in diary.receipts { #expect(receipt.outcome == .applied, "\(host): \(receipt.sentence)") }
    }
}

extension Dictionary {
    fileprivate func mapKeys<Other: Hashable>(_ key: (Key) -> Other) -> [Other: Value] {
        [Other: Value](uniqueKeysWithValues: map { (key($0.key), $0.value) })
    }
}
