import AgentLink
import Cryptography
import HostDecisions
import Logging
import NIOCore
import SignedEnvelopes
import Synchronization
import TLSChannel
import TimeAndChance
import TrainModel

/// The link as it is: over `AgentConnection`, with orders verified before anything else sees them.
final class LiveControllerLink: ControllerLink {
    static let renewalPatience = Duration.seconds(60)

    private let connection: AgentConnection
    private let host: HostIdentity
    private let agentVersion: String
    private let key: PrivateKey
    private let orders: Verifier
    /// Nil while the host is in trouble, of which that file may be the cause.
    private let heads: HeadFile?
    /// Nil likewise.
    private let evidence: OrderEvidence?
    private let clock: HostClock
    private let hello: HelloSource
    private let renewal = Mutex<PendingRenewal?>(nil)
    private let pace: any BundlePace
    /// Gives bundles to them; nil: this host gives none.
    private let neighbours = Mutex<NeighbourListener?>(nil)
    private let logger: Logger

    private struct PendingRenewal {
        /// PKCS#10, DER.
        let request: [UInt8]
        let continuation: CheckedContinuation<RenewalAnswer, any Error>
    }

    /// - Parameters:
    ///   - controller: where to dial; the certificate decides who answers.
    ///   - heads: nil: what the controller shows of its log is neither compared nor kept.
    ///   - evidence: nil: what was obeyed is proven to nobody.
    ///   - clock: what this host decides by, and so what the link measures.
    init(
        controller: NetworkAddress,
        identity: IdentityFiles.Identity,
        heads: HeadFile?,
        evidence: OrderEvidence?,
        clock: HostClock,
        agentVersion: String,
        pace: any BundlePace = UnlimitedPace(),
        group: any EventLoopGroup,
        logger: Logger
    ) throws {
        let hello = HelloSource()
        connection = try AgentConnection(
            controller: controller,
            cluster: identity.host.cluster,
            identity: TLSIdentity(
                certificateChainPEM: identity.certificateChainPEM,
                privateKeyPEM: try identity.key.secretPEM()
            ),
            authorityPEM: identity.authorityPEM,
            group: group,
            logger: logger,
            clock: clock.now,
            hello: {
                let greeting = await hello.greeting()
                return Hello(
                    agentVersion: agentVersion,
                    running: greeting.running,
                    newestHead: heads?.newest,
                    epochHighest: greeting.epochHighest,
                    at: clock.now(),
                    bundleAddress: hello.bundleAddress,
                    newestOrders: evidence?.shown ?? [],
                    heldBundles: await hello.heldBundles(logger),
                    trouble: greeting.trouble
                )
            }
        )
        host = identity.host
        self.agentVersion = agentVersion
        self.pace = pace
        key = identity.key
        orders = try Verifier(identity.orderKeys)
        self.heads = heads
        self.evidence = evidence
        self.clock = clock
        self.hello = hello
        self.logger = logger
    }

    func run(
        greeting: @escaping @Sendable () async -> Greeting,
        events: @escaping @Sendable (LinkEvent) async throws -> Void
    ) async throws {
        hello.set(greeting)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.connection.run() }
            for await event in connection.events { try await handle(event, events) }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func send(_ report: AgentReport) { connection.send(report) }

    func fetch(
        _ artifact: Artifact,
        to path: String,
        seeds: [String],
        progress: @escaping @Sendable (BundleProgress) -> Void
    ) async throws {
        let tally = try await connection.bundles.fetch(
            artifact.digest,
            length_bytes: artifact.length_bytes,
            into: path,
            seeds: seeds,
            pace: pace,
            progress: progress
        )
        logger.info(
            "bundle fetched",
            metadata: [
                "artifact": "\(artifact)", "controller_bytes": "\(tally.controller_bytes)",
                "neighbours_bytes": "\(tally.neighbours_bytes)", "own_bytes": "\(tally.own_bytes)",
                "index_bytes": "\(tally.index_bytes)",
            ]
        )
    }

    func tellHeld(_ artifact: Artifact) async {
        guard neighbours.withLock({ $0 }) != nil else { return }
        do {
            try await connection.bundles.tellHeld(artifact.digest)
        } catch {
            // The controller serves this host's neighbours itself then.
            logger.info("the controller does not know who has the bundle", metadata: ["reason": "\(error)"])
        }
    }

    /// Gives bundles to neighbours from now on, and tells the controller at every greeting where they reach it, and what
    /// is there.
    func share(_ listener: NeighbourListener, _ kept: KeptBundles, at address: NetworkAddress) {
        neighbours.withLock { $0 = listener }
        hello.share(kept, at: address)
    }

    func renew(_ request: CertificateRequest) async throws -> RenewalAnswer {
        let answer = try await withThrowingTaskGroup(of: RenewalAnswer.self) { group in
            group.addTask { try await self.ask(request) }
            group.addTask {
                try await Task.sleep(for: Self.renewalPatience)
                throw Self.noAnswer
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .refused("")
        }
        if case .granted(let chain) = answer {
            let identity = TLSIdentity(certificateChainPEM: chain, privateKeyPEM: try key.secretPEM())
            try connection.use(identity)
            shareAs(identity)
        }
        return answer
    }

    /// Sharing is a service to others: where it fails, the granted certificate is kept all the same.
    private func shareAs(_ identity: TLSIdentity) {
        do {
            try neighbours.withLock { $0 }?.use(identity)
        } catch {
            logger.error("neighbours see the old certificate", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Events

    private func handle(
        _ event: ControllerEvent,
        _ events: @Sendable (LinkEvent) async throws -> Void
    ) async throws {
        switch event {
        case .connected(let welcome):
            logger.info("the link is up", metadata: ["controller": "\(connection.controller)"])
            if let head = welcome.head { say(heads?.show(head)) }
            if let request = renewal.withLock({ $0?.request }) { connection.renew(certificateRequest: request) }
            try await events(.up)
        case .clockRead(let reading):
            if clock.measured(reading) { logger.error("this host's clock is \(reading.words); set it right") }
            try await events(.clockRead(reading))
        case .order(let envelope):
            guard let order = open(envelope) else { return }
            evidence?.keep(order.order.value, envelope)
            try await events(.order(order))
        case .receiptStored(let order): try await events(.receiptStored(order))
        case .headShown(let head):
            // Between two heads of one session there is no order to rely on; a fork is one at any time.
            if case .forked(let shown, let kept)? = heads?.show(head) { say(.forked(shown, kept: kept)) }
        case .renewal(let answer): answerRenewal(.success(answer))
        case .disconnected:
            try await heads?.save(logger)
            try await events(.down)
        }
    }

    /// Orders are judged by their own signature, epoch and generation, whatever the log's state; so a log that was set
    /// back is said, to the controller in the greeting and here to people, and the link stays.
    private func say(_ contradiction: HeadFile.Contradiction?) {
        guard let contradiction else { return }
        logger.critical("\(contradiction.sentence)", metadata: ["controller": "\(connection.controller)"])
    }

    /// Nothing in an envelope that does not verify may be believed, so there is nobody to answer. One that verifies and
    /// says what this version does not understand is refused by its name.
    private func open(_ envelope: Envelope) -> OpenedOrder? {
        do {
            return try OrderCodec.open(envelope, with: orders)
        } catch {
            refuse(envelope, because: error)
            return nil
        }
    }

    private func refuse(_ envelope: Envelope, because error: any Error) {
        let order: OrderAddressees
        do {
            order = try OrderCodec.addressees(of: envelope, with: orders).value
        } catch {
            logger.error("an order is not signed as it must be, and is left out", metadata: ["reason": "\(error)"])
            return
        }
        logger.error("an order is not understood", metadata: ["order": "\(order.id)", "reason": "\(error)"])
        guard order.cluster == host.cluster, order.region == host.key.region, order.hosts.contains(host.key.host) else {
            return
        }
        connection.send(.refused(.notUnderstood(order.id, "\(error)", agentVersion: agentVersion)))
    }

    /// Without a session the request waits for the next one.
    private func ask(_ request: CertificateRequest) async throws -> RenewalAnswer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let pending = PendingRenewal(request: request.der, continuation: continuation)
                let overtaken = renewal.withLock { waiting in
                    defer { waiting = pending }
                    return waiting
                }
                overtaken?.continuation.resume(throwing: Self.noAnswer)
                connection.renew(certificateRequest: request.der)
                // Cancelled before there was anything to answer: whoever cancelled found nothing.
                if Task.isCancelled { answerRenewal(.failure(CancellationError())) }
            }
        } onCancel: {
            answerRenewal(.failure(CancellationError()))
        }
    }

    private func answerRenewal(_ answer: Result<RenewalAnswer, any Error>) {
        let waiting = renewal.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.continuation.resume(with: answer)
    }

    private static let noAnswer = AgentError(
        .badIdentity,
        at: "certificate",
        "the controller did not answer the request for a new one",
        remedy: "the agent asks again"
    )
}

extension OrderRefusal {
    fileprivate static func notUnderstood(_ order: OrderID, _ reason: String, agentVersion: String) -> OrderRefusal {
        OrderRefusal(
            order: order,
            code: "not-understood",
            sentence: "the agent \(agentVersion) does not understand all of the order, and so none of it; upgrade the "
                + "agent: \(reason)"
        )
    }
}

/// The greeting, known only once the agent runs.
private final class HelloSource: Sendable {
    private let source = Mutex<(@Sendable () async -> Greeting)?>(nil)
    private let shared = Mutex<(kept: KeptBundles, address: NetworkAddress)?>(nil)

    /// Where neighbours reach this host; nil: nowhere.
    var bundleAddress: NetworkAddress? { shared.withLock { $0?.address } }

    /// What they get there.
    func heldBundles(_ logger: Logger) async -> [Digest] {
        guard let kept = shared.withLock({ $0?.kept }) else { return [] }
        do {
            return try await DiskThreads.run { try kept.digests() }
        } catch {
            logger.warning("the kept bundles cannot be listed", metadata: ["reason": "\(error)"])
            return []
        }
    }

    func share(_ kept: KeptBundles, at address: NetworkAddress) { shared.withLock { $0 = (kept, address) } }

    func set(_ greeting: @escaping @Sendable () async -> Greeting) { source.withLock { $0 = greeting } }
    func greeting() async -> Greeting { await source.withLock { $0 }?() ?? Greeting(running: [], epochHighest: 0) }
}
