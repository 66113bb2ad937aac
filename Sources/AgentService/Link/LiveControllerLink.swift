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
    private let key: PrivateKey
    private let orders: Verifier
    /// Nil while the host is in trouble, of which that file may be the cause.
    private let heads: HeadFile?
    private let hello: HelloSource
    private let renewal = Mutex<PendingRenewal?>(nil)
    private let logger: Logger

    private struct PendingRenewal {
        /// PKCS#10, DER.
        let request: [UInt8]
        let continuation: CheckedContinuation<RenewalAnswer, any Error>
    }

    /// - Parameters:
    ///   - controller: where to dial; the certificate decides who answers.
    ///   - heads: nil: what the controller shows of its log is neither compared nor kept.
    init(
        controller: NetworkAddress,
        identity: IdentityFiles.Identity,
        heads: HeadFile?,
        agentVersion: String,
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
            hello: {
                let greeting = await hello.greeting()
                return Hello(
                    agentVersion: agentVersion,
                    running: greeting.running,
                    newestHead: heads?.newest,
                    epochHighest: greeting.epochHighest,
                    at: WallClock.now(),
                    trouble: greeting.trouble
                )
            }
        )
        key = identity.key
        orders = try Verifier(identity.orderKeys)
        self.heads = heads
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
        progress: @escaping @Sendable (UInt64) -> Void
    ) async throws {
        try await connection.bundles.fetch(
            artifact.digest,
            length_bytes: artifact.length_bytes,
            into: path,
            progress: progress
        )
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
            try connection.use(TLSIdentity(certificateChainPEM: chain, privateKeyPEM: try key.secretPEM()))
        }
        return answer
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
            try await events(.up(welcome.at))
        case .order(let envelope):
            if let order = open(envelope) { try await events(.order(order)) }
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

    /// Nothing in an envelope that does not verify may be believed, so there is nobody to answer.
    private func open(_ envelope: Envelope) -> OpenedOrder? {
        do {
            return try OrderCodec.open(envelope, with: orders)
        } catch {
            logger.error("an order is not signed as it must be, and is left out", metadata: ["reason": "\(error)"])
            return nil
        }
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

/// The greeting, known only once the agent runs.
private final class HelloSource: Sendable {
    private let source = Mutex<(@Sendable () async -> Greeting)?>(nil)

    func set(_ greeting: @escaping @Sendable () async -> Greeting) { source.withLock { $0 = greeting } }
    func greeting() async -> Greeting { await source.withLock { $0 }?() ?? Greeting(running: [], epochHighest: 0) }
}
