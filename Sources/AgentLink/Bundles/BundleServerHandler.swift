import Cryptography
import Logging
import NIOCore
import NIOPosix
import TLSChannel
import TimeAndChance
import TrainModel

/// Serves bundles to one host, one after another: a request, a header, chunks from the offset on.
///
/// At most two chunks are in memory: one being read from the file, one being taken by the peer.
final class BundleServerHandler: ChannelInboundHandler, HostConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Another request than the first; an agent keeps its line for half as long.
    static let nextRequestWithin = Interval.seconds(30)
    /// A chunk at 1 KiB a second.
    static let chunkWithin = Interval.seconds(256)
    private static let pace = TimeAmount.seconds(5)

    /// `awaitingRequest`, then `preparing` while the service looks for the file, then `sending`, then `ended`.
    private enum State {
        case awaitingRequest
        case preparing
        case sending(BundleReader, offset_bytes: UInt64, isReading: Bool)
        case ended
    }

    private let core: ListenerCore
    private let agent: AgentIdentity

    private var state = State.awaitingRequest
    private var reader = FrameReader(limit: .introduction)
    private var context: ChannelHandlerContext?
    private var connection: HostConnection?
    private var ticking: RepeatedTask?
    private var deadline: Instant
    private var hasServed = false

    init(core: ListenerCore, agent: AgentIdentity) {
        self.core = core
        self.agent = agent
        deadline = Clocks.steady() + core.introductionWithin
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let connection = HostConnection(self, on: context.eventLoop)
        self.connection = connection
        if let farewell = core.admit(connection, agent) {
            refuse(farewell)
            return
        }
        guard core.otherCount(of: agent.host) <= core.bundles_perHost_max else {
            refuse(.busy)
            return
        }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pace, delay: Self.pace) { _ in
            handler.value.tick()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard connection != nil else { return }
        guard case .awaitingRequest = state else {
            return refuse(Farewell(.outOfTurn("bundle_request", "One bundle at a time.")))
        }
        reader.append(unwrapInboundIn(data))
        do throws(LinkError) {
            guard let frame = try reader.next() else { return }
            prepare(try BundleRequest(frame: frame), context)
        } catch {
            refuse(Farewell(error))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sendNext()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.logger.info("a bundle transfer broke off", metadata: ["host": "\(agent.host)", "error": "\(error)"])
        if !(error is TLSError) { context.close(promise: nil) }
    }

    // MARK: one transfer

    private func prepare(_ request: BundleRequest, _ context: ChannelHandlerContext) {
        guard agent.certificate.validity.contains(unix_s: Clocks.wall().unix_ms / 1_000) else {
            let expired = LinkError(.expired, "The agent's certificate has expired.", remedy: "Let it renew in time.")
            return refuse(Farewell(expired))
        }
        state = .preparing
        postpone()
        let core = core
        let host = agent.host
        context.eventLoop.makeFutureWithTask { () -> BundleReader? in
            guard let file = await core.service.bundle(request.digest, for: host) else { return nil }
            return try await core.threadPool.runIfActive { try BundleReader(file) }
        }
        .assumeIsolated().whenComplete { result in
            guard case .preparing = self.state else { return }
            switch result {
            case .success(let bundle?): self.begin(bundle, at: request.offset_bytes)
            case .success(nil):
                self.refuse(
                    Farewell(code: "no-bundle", sentence: "There is no bundle \(request.digest) for this host.")
                )
            case .failure(let error):
                core.logger.error("a bundle cannot be served", metadata: ["error": "\(error)"])
                self.refuse(Farewell(code: "unreadable", sentence: "The controller cannot read the bundle."))
            }
        }
    }

    private func begin(_ bundle: BundleReader, at offset_bytes: UInt64) {
        guard offset_bytes <= bundle.length_bytes else {
            refuse(Farewell(code: "beyond-end", sentence: "The bundle has only \(bundle.length_bytes) bytes."))
            return
        }
        do throws(LinkError) {
            write(try BundleAnswer.headerFrame(length_bytes: bundle.length_bytes))
        } catch {
            refuse(Farewell(error))
            return
        }
        state = .sending(bundle, offset_bytes: offset_bytes, isReading: false)
        sendNext()
    }

    /// Reads the next chunk off the event loop, when the peer has taken the earlier ones.
    private func sendNext() {
        guard case .sending(let bundle, let offset_bytes, isReading: false) = state, let context else { return }
        guard offset_bytes < bundle.length_bytes else {
            hasServed = true
            state = .awaitingRequest
            return
        }
        guard context.channel.isWritable else { return }
        state = .sending(bundle, offset_bytes: offset_bytes, isReading: true)
        core.threadPool.runIfActive(eventLoop: context.eventLoop) { try bundle.chunkFrame(at: offset_bytes) }
            .assumeIsolated().whenComplete { self.hasRead($0, bundle, at: offset_bytes) }
    }

    private func hasRead(_ result: Result<ByteBuffer, any Error>, _ bundle: BundleReader, at offset_bytes: UInt64) {
        guard case .sending = state else { return }
        switch result {
        case .success(let frame):
            let end = min(offset_bytes + UInt64(BundleChunk.bytes_max), bundle.length_bytes)
            write(frame)
            // Only now: writing changes the writability, which calls `sendNext`, which may find the end.
            guard case .sending = state else { return }
            state = .sending(bundle, offset_bytes: end, isReading: false)
            sendNext()
        case .failure(let error):
            core.logger.error("a bundle cannot be read", metadata: ["error": "\(error)"])
            refuse(Farewell(code: "unreadable", sentence: "The controller cannot read the bundle."))
        }
    }

    private func write(_ frame: ByteBuffer) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { self.postpone() }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// The peer has taken something.
    private func postpone() {
        if case .awaitingRequest = state {
            deadline = Clocks.steady() + Self.nextRequestWithin
        } else {
            deadline = Clocks.steady() + Self.chunkWithin
        }
    }

    private func tick() {
        guard Clocks.steady() >= deadline, let context else { return }
        if case .awaitingRequest = state, hasServed {
            core.logger.debug("a bundle connection has rested long enough", metadata: ["host": "\(agent.host)"])
        } else {
            core.logger.notice("cut a slow bundle transfer", metadata: ["host": "\(agent.host)"])
        }
        end()
        context.close(promise: nil)
    }

    // MARK: the end

    func open() {}
    func send(_: ByteBuffer) {}

    func cut(_ farewell: Farewell, because _: LinkError) {
        refuse(farewell)
    }

    private func refuse(_ farewell: Farewell) {
        guard connection != nil, let context else { return }
        do throws(LinkError) {
            context.writeAndFlush(wrapOutboundOut(try BundleAnswer.refusalFrame(farewell)), promise: nil)
        } catch {
            core.logger.error("a refusal cannot be sent", metadata: ["error": "\(error)"])
        }
        end()
        context.close(promise: nil)
    }

    private func end() {
        guard let connection else { return }
        self.connection = nil
        state = .ended
        ticking?.cancel()
        core.release(connection, of: agent.host)
    }
}

@available(*, unavailable)
extension BundleServerHandler: Sendable {}
