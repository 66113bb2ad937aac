import AgentLink
import AgentService
import Cryptography
import Logging
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import TimeAndChance
import TrainModel

/// The controller's end of real links, over TLS on the loopback: it certifies hosts, hands out bundles, sends each host
/// the order that it owes at every greeting, and passes on what hosts say. Nothing of it decides.
final class TortureCluster: AgentLinkService {
    /// What a host or its agent did.
    enum News: Sendable {
        case greeted
        case inTrouble(code: String)
        case refused(OrderRefusal)
        case answered(Receipt)
        case sampled(HealthSamples)
        /// Exit status; of what a signal has ended, the signal.
        case ended(Int32)
        /// The run's patience is over.
        case overdue
    }

    private struct Desk {
        var key: PublicKey?
        var owed: SealedOrder?
        var news: AsyncStream<News>.Continuation?
        /// What the last greeting said of any service.
        var wasUnhealthy = false
        /// Asked for each connection of the host's agent.
        var letsIn: @Sendable () -> Bool = { true }
    }

    let cluster: ClusterName
    let region: RegionName
    let orderKey: PrivateKey
    private let authority: CertificateAuthority
    private let bundles: [Digest: TortureBundle]
    private let desks = Mutex<[HostKey: Desk]>([:])
    private let listener = Mutex<AgentListener?>(nil)

    init(_ bundles: [TortureBundle]) throws {
        cluster = try Sample.name("demo")
        region = try Sample.name("westus3")
        orderKey = try PrivateKey.generate(.ed25519)
        authority = try CertificateAuthority.create(commonName: "demo", validity: try Self.validity(90_000))
        self.bundles = Dictionary(uniqueKeysWithValues: bundles.map { ($0.artifact.digest, $0) })
    }

    private static func validity(_ lifetime_s: Int64) throws -> Validity {
        try Validity.starting(now_unix_s: WallClock.now().unix_ms / 1_000, lifetime_s: lifetime_s)
    }

    /// - Returns: `host:port`.
    func listen() async throws -> String {
        let key = try PrivateKey.generate(.p256)
        let terms = try CertificateTerms(
            peer: .controller(cluster: cluster),
            usages: .serverAuth,
            validity: try Self.validity(80_000)
        )
        let chain = try authority.issue(for: key.publicKey, under: terms).pem
        let started = try await AgentListener.start(
            AgentListener.Configuration(
                cluster: cluster,
                host: "127.0.0.1",
                port: 0,
                identity: TLSIdentity(certificateChainPEM: chain, privateKeyPEM: try key.secretPEM()),
                authorityPEM: authority.certificate.pem
            ),
            service: self,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Sample.quiet
        )
        listener.withLock { $0 = started }
        return "127.0.0.1:\(started.port)"
    }

    func stop() async { await listener.withLock { $0 }?.stop() }

    func joinToken() throws -> String {
        try JoinToken(
            cluster: cluster,
            region: region,
            expires: WallClock.now() + .minutes(5),
            authority: authority.certificate
        ).secretText()
    }

    /// A certificate for a host that has been here, whose time is over.
    func expiredChain(for host: HostKey) throws -> String {
        guard let key = desks.withLock({ $0[host]?.key }) else { throw Sample.BadName(text: "\(host)") }
        let now_unix_s = WallClock.now().unix_ms / 1_000
        let validity = try Validity(notBefore_unix_s: now_unix_s - 90_000, notAfter_unix_s: now_unix_s - 3_600)
        let terms = try CertificateTerms(
            peer: .agent(cluster: cluster, region: region, host: host.host),
            usages: .clientAuth,
            validity: validity
        )
        return try authority.issue(for: key, under: terms).pem
    }

    // MARK: What a run asks

    /// Opens a new stream of what the host does; an older one gets nothing any more.
    func news(of host: HostKey) -> (stream: AsyncStream<News>, desk: AsyncStream<News>.Continuation) {
        let (stream, continuation) = AsyncStream.makeStream(of: News.self)
        desks.withLock { $0[host, default: Desk()].news = continuation }
        return (stream, continuation)
    }

    func wasUnhealthy(_ host: HostKey) -> Bool { desks.withLock { $0[host]?.wasUnhealthy == true } }

    func letIn(_ host: HostKey, where condition: @escaping @Sendable () -> Bool) {
        desks.withLock { $0[host, default: Desk()].letsIn = condition }
    }

    private func tell(_ news: News, of host: HostKey) { desks.withLock { _ = $0[host]?.news?.yield(news) } }

    func seal(_ order: Order) throws -> SealedOrder { try OrderCodec.seal(order, with: orderKey) }

    /// The order goes out now, and again at every greeting.
    func owe(_ order: SealedOrder, to host: HostKey) {
        desks.withLock { $0[host, default: Desk()].owed = order }
        _ = listener.withLock { $0 }?.send(order, to: [host])
    }

    // MARK: AgentLinkService

    func admit(_ agent: AgentIdentity) -> Farewell? {
        let letsIn = desks.withLock { $0[agent.host]?.letsIn }
        return letsIn?() == false ? Farewell(code: "unwelcome", sentence: "not this one") : nil
    }

    func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome {
        desks.withLock {
            $0[agent.host, default: Desk()].key = agent.certificate.publicKey
            $0[agent.host]?.wasUnhealthy = hello.running.contains { $0.health == .unhealthy }
        }
        tell(hello.trouble.map { .inTrouble(code: $0.code) } ?? .greeted, of: agent.host)
        if let order = desks.withLock({ $0[agent.host]?.owed }) {
            _ = listener.withLock { $0 }?.send(order, to: [agent.host])
        }
        return Welcome(controllerVersion: "test", epoch: 1, head: nil, heartbeatEvery: .seconds(5), at: WallClock.now())
    }

    func received(_ report: AgentReport, from host: HostKey) {
        switch report {
        case .refused(let refusal): tell(.refused(refusal), of: host)
        case .receipt(let order, let envelope):
            guard let key = desks.withLock({ $0[host]?.key }),
                let receipt = try? ReceiptCodec.open(envelope, with: Verifier([key])).value
            else { return }
            listener.withLock { $0 }?.acknowledge(receiptOf: order, to: host)
            tell(.answered(receipt), of: host)
        case .health(let samples): tell(.sampled(samples), of: host)
        case .arrived, .progress, .clock: break
        }
    }

    func sessionClosed(_ host: HostKey, because error: LinkError) {}

    func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer { .refused("not here") }

    func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer {
        do {
            let key = try CertificateRequest(der: request.certificateRequest).publicKey
            let terms = try CertificateTerms(
                peer: .agent(cluster: cluster, region: region, host: request.host),
                usages: .clientAuth,
                validity: try Self.validity(86_400)
            )
            return .enrolled(
                Enrolled(
                    cluster: cluster,
                    region: region,
                    certificateChainPEM: try authority.issue(for: key, under: terms).pem,
                    authorityPEM: authority.certificate.pem,
                    orderKeysPEM: [orderKey.publicKey.pem]
                )
            )
        } catch {
            return .refused(Farewell(code: "broken", sentence: "\(error)"))
        }
    }

    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        switch wish.part {
        case .bytes: bundles[wish.digest].map { .file($0.file) } ?? .nothing
        case .index: bundles[wish.digest]?.index.map { .file($0) } ?? .nothing
        case .held: .noted
        }
    }
}
