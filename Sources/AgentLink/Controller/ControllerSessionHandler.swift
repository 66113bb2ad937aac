import Cryptography
import Logging
import NIOCore
import TLSChannel
import TimeAndChance
import TrainModel

/// The shell around `ControllerSession`: bytes in and out, timers, and the service's calls.
final class ControllerSessionHandler: ChannelInboundHandler, HostConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: ListenerCore
    private let agent: AgentIdentity

    private var session: ControllerSession
    private var reader = FrameReader(limit: .hello)
    private var context: ChannelHandlerContext?
    private var connection: HostConnection?
    private var hello: Hello?
    private var isOpen = false
    private var isRenewing = false
    private var ticking: RepeatedTask?
    /// The agent's newest heartbeat and when it came, which the next one of ours tells it.
    private var lastBeat: (number: UInt64, heard: Instant)?
    private var fault: LinkError?

    init(core: ListenerCore, agent: AgentIdentity) {
        self.core = core
        self.agent = agent
        session = ControllerSession(now: Clocks.steady(), helloWithin: core.introductionWithin)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let connection = HostConnection(self, on: context.eventLoop)
        self.connection = connection
        if let farewell = core.admit(connection, agent) {
            cut(farewell, because: LinkError(farewell))
            return
        }
        let pace = TimeAmount.milliseconds(max(1, core.heartbeatEvery.ms / 2))
        // Bound, because the loop wants a task that could be sent; it stays on this loop.
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: pace, delay: pace) { _ in handler.value.tick() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !session.isClosed else { return }
        reader.append(unwrapInboundIn(data))
        do throws(LinkError) {
            while !session.isClosed, let frame = try reader.next() {
                let message = try AgentMessage(frame: frame)
                if case .heartbeat(let number, _) = message, number > 0 { lastBeat = (number, WallClock.now()) }
                perform(session.received(message, now: Clocks.steady()))
            }
        } catch {
            cut(Farewell(error), because: error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(because: fault ?? .closed)
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fault = LinkError(transport: error)
        if !(error is TLSError) { context.close(promise: nil) }
    }

    // MARK: what the session says

    private func perform(_ action: ControllerSession.ReceivedAction) {
        switch action {
        case .nothing: break
        case .open(let hello): claim(hello)
        case .deliver(let report): core.service.received(report, from: agent.host)
        case .renew(let certificateRequest): renew(certificateRequest)
        case .ignoreUnknown:
            core.logger.info("ignored a message of a newer agent", metadata: ["host": "\(agent.host)"])
        case .close(let error): cut(Farewell(error), because: error)
        }
    }

    private func claim(_ hello: Hello) {
        guard let connection else { return }
        reader.limit = .fromAgent
        self.hello = hello
        if core.claim(connection, of: agent.host) { open() }
    }

    func open() {
        guard !session.isClosed, !isOpen, let hello else { return }
        isOpen = true
        self.hello = nil
        let welcome = core.service.sessionOpened(agent, hello: hello).with(heartbeatEvery: core.heartbeatEvery)
        do throws(LinkError) {
            write(try ControllerFrame.welcome(welcome))
            session.welcomed(heartbeatEvery: core.heartbeatEvery, now: Clocks.steady())
        } catch {
            cut(Farewell(error), because: error)
        }
    }

    private func renew(_ certificateRequest: [UInt8]) {
        guard let context, !isRenewing else { return }
        isRenewing = true
        let core = core
        let agent = agent
        context.eventLoop.makeFutureWithTask { await core.service.renew(agent, certificateRequest: certificateRequest) }
            .assumeIsolated().whenSuccess { answer in
                self.isRenewing = false
                do throws(LinkError) {
                    self.send(try ControllerFrame.renewal(answer))
                } catch {
                    core.logger.error("a renewal's answer cannot be sent", metadata: ["error": "\(error)"])
                }
            }
    }

    private func tick() {
        guard agent.certificate.validity.contains(unix_s: WallClock.now().unix_ms / 1_000) else {
            let error = LinkError(.expired, "The agent's certificate has expired.", remedy: "Let it renew in time.")
            cut(Farewell(error), because: error)
            return
        }
        switch session.tick(now: Clocks.steady()) {
        case .nothing: break
        case .beat(let number): beat(number)
        case .close(let error): cut(Farewell(error), because: error)
        }
    }

    private func beat(_ number: UInt64) {
        do throws(LinkError) {
            write(
                try ControllerFrame.heartbeat(number: number, at: WallClock.now(), head: core.head, answers: lastBeat)
            )
        } catch {
            cut(Farewell(error), because: error)
        }
    }

    // MARK: out

    func send(_ frame: ByteBuffer) {
        guard isOpen, !session.isClosed else { return }
        write(frame)
    }

    private func write(_ frame: ByteBuffer) {
        guard let context else { return }
        guard !context.channel.isWritable else {
            context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            return
        }
        // Only a peer that does not keep up costs a promise and bookkeeping.
        let count = frame.readableBytes
        if let error = session.queued(count, now: Clocks.steady()) {
            end(because: error)
            return
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.session.sent(count, now: Clocks.steady()) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    func cut(_ farewell: Farewell, because error: LinkError) {
        guard connection != nil, let context else { return }
        do throws(LinkError) {
            context.writeAndFlush(wrapOutboundOut(try ControllerFrame.farewell(farewell)), promise: nil)
        } catch {
            core.logger.error("a farewell cannot be sent", metadata: ["error": "\(error)"])
        }
        end(because: error)
    }

    /// The session is over, whatever the peer still does: the service is told once, the next session may open.
    private func end(because error: LinkError) {
        guard let connection else { return }
        self.connection = nil
        _ = session.end()
        ticking?.cancel()
        core.logger.info("session ended", metadata: ["host": "\(agent.host)", "reason": "\(error)"])
        if isOpen { core.service.sessionClosed(agent.host, because: error) }
        core.release(connection, of: agent.host)
        context?.close(promise: nil)
    }
}

// A handler belongs to one event loop.
@available(*, unavailable)
extension ControllerSessionHandler: Sendable {}

extension Welcome {
    fileprivate func with(heartbeatEvery: Interval) -> Welcome {
        Welcome(controllerVersion: controllerVersion, epoch: epoch, head: head, heartbeatEvery: heartbeatEvery, at: at)
    }
}
