public import Logging
import NIOConcurrencyHelpers
public import NIOCore
import NIOPosix
public import TLSChannel
public import TimeAndChance
public import TrainModel

/// The agent's end of the link: dials the controller, keeps a session open, and dials again for ever.
public final class AgentConnection: Sendable {
    private struct Current: Sendable {
        let eventLoop: any EventLoop
        let handler: NIOLoopBound<AgentSessionHandler>
    }

    public let controller: NetworkAddress
    /// For one reader.
    public let events: ControllerEvents

    private let credentials: AgentCredentials
    private let restingLine = RestingLine()
    private let group: any EventLoopGroup
    private let clock: @Sendable () -> Instant
    private let hello: @Sendable () async -> Hello
    private let logger: Logger
    private let source: ControllerEvents.Producer.Source
    private let demand: EventDemand
    private let current = NIOLockedValueBox<Current?>(nil)

    /// - Parameters:
    ///   - identity: the host's certificate chain and key.
    ///   - authorityPEM: the cluster's authority.
    ///   - group: one thread is plenty.
    ///   - clock: what the link measures against the controller's: the one by which this host decides.
    ///   - hello: asked anew for each session.
    /// - Throws: `TLSError` for certificates that cannot be used.
    public init(
        controller: NetworkAddress,
        cluster: ClusterName,
        identity: TLSIdentity,
        authorityPEM: String,
        group: any EventLoopGroup,
        logger: Logger,
        clock: @escaping @Sendable () -> Instant = { WallClock.now() },
        hello: @escaping @Sendable () async -> Hello
    ) throws {
        self.controller = controller
        self.group = group
        self.clock = clock
        self.hello = hello
        self.logger = logger
        credentials = try AgentCredentials(cluster: cluster, identity: identity, authorityPEM: authorityPEM)
        (source, events, demand) = ControllerEvents.make()
    }

    deinit {
        source.finish()
    }

    /// Keeps a session open until the task is cancelled; then closes it and ends the events.
    public func run() async {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            let began = Clocks.steady()
            let error = await runSession()
            if Task.isCancelled { break }
            backoff.ended(after: Clocks.steady() - began, error)
            let pause = backoff.next(using: &generator)
            logger.info(
                "the link is down",
                metadata: ["controller": "\(controller)", "reason": "\(error)", "pause": "\(pause)"]
            )
            do { try await Task.sleep(for: .milliseconds(pause.ms)) } catch { break }
        }
        source.finish()
    }

    /// Sends a report if there is a session. Nothing is kept for the next one: whoever must be sure sends again at
    /// `connected`.
    ///
    /// - Returns: false when there is no session, or the report is too large to be sent.
    @discardableResult
    public func send(_ report: AgentReport) -> Bool {
        transmit { () throws(LinkError) in try AgentFrame.report(report) }
    }

    /// Asks for a new certificate; the answer comes as an event. `certificateRequest` is PKCS#10 in DER.
    ///
    /// - Returns: false when there is no session.
    @discardableResult
    public func renew(certificateRequest: [UInt8]) -> Bool {
        transmit { () throws(LinkError) in try AgentFrame.renewal(certificateRequest: certificateRequest) }
    }

    /// Uses another certificate for every connection from now on. The session goes on with the old one until it ends by
    /// itself, at the latest when the old certificate expires.
    ///
    /// - Throws: `TLSError` when it cannot be used; then the old one stays.
    public func use(_ identity: TLSIdentity) throws {
        try credentials.use(identity)
        restingLine.drop()
    }

    /// Fetches bundles with this agent's certificate, over connections of their own.
    public var bundles: BundleFetcher {
        BundleFetcher(
            controller: controller,
            credentials: credentials,
            group: group,
            resting: restingLine,
            logger: logger
        )
    }

    private func transmit(_ encode: () throws(LinkError) -> ByteBuffer) -> Bool {
        guard let current = current.withLockedValue({ $0 }) else { return false }
        do throws(LinkError) {
            let frame = try encode()
            current.eventLoop.execute { current.handler.value.send(frame) }
            return true
        } catch {
            logger.error("a message cannot be sent", metadata: ["error": "\(error)"])
            return false
        }
    }

    // MARK: one session

    private func runSession() async -> LinkError {
        let session: DialledSession
        do {
            session = try await dial()
        } catch {
            return LinkError(transport: error)
        }
        return await withTaskCancellationHandler {
            await talk(session)
        } onCancel: {
            session.finish(because: .closed)
        }
    }

    private func talk(_ session: DialledSession) async -> LinkError {
        do {
            try await session.secured.get()
        } catch {
            return await session.end()
        }
        session.begin(await hello())
        demand.set { session.resume() }
        current.withLockedValue { $0 = Current(eventLoop: session.eventLoop, handler: session.handler) }
        let error = await session.end()
        current.withLockedValue { $0 = nil }
        demand.set(nil)
        // Also for sessions that were refused before a welcome: the agent's log and state should know.
        _ = source.yield(.disconnected(error))
        return error
    }

    private func dial() async throws -> DialledSession {
        let credentials = credentials
        let source = source
        let clock = clock
        let logger = logger
        return try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: controller.host, port: controller.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let secured = channel.eventLoop.makePromise(of: Void.self)
                    let ended = channel.eventLoop.makePromise(of: LinkError.self)
                    let handler = AgentSessionHandler(
                        source: source,
                        now: clock,
                        logger: logger,
                        secured: secured,
                        ended: ended
                    )
                    let session = DialledSession(
                        eventLoop: channel.eventLoop,
                        handler: NIOLoopBound(handler, eventLoop: channel.eventLoop),
                        secured: secured.futureResult,
                        ended: ended.futureResult
                    )
                    do {
                        try channel.pipeline.syncOperations.addHandlers(
                            credentials.controlHandler(),
                            handler
                        )
                    } catch {
                        handler.finish(because: LinkError(transport: error))
                        throw error
                    }
                    return session
                }
            }
    }
}
