import Logging
import NIOCore
import TLSChannel
import TimeAndChance
import TrainModel

/// The shell around `AgentSession`: bytes in and out, timers, events.
final class AgentSessionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let paceBeforeWelcome = TimeAmount.seconds(1)

    private let source: ControllerEvents.Producer.Source
    /// The clock that is measured.
    private let now: @Sendable () -> Instant
    private let logger: Logger
    /// Succeeds with the handshake, after which the controller is known to be the controller.
    private let secured: EventLoopPromise<Void>
    /// Succeeds with the session's end.
    private let ended: EventLoopPromise<LinkError>

    private var session = AgentSession(now: Clocks.steady())
    private var reader = FrameReader(limit: .fromController)
    private var context: ChannelHandlerContext?
    private var ticking: RepeatedTask?
    private var clock = ClockMeasure()
    /// What the controller has been told of it.
    private var toldClock: ClockReading?
    private var fault: LinkError?
    private var isPaused = false
    private var isReadHeldBack = false
    private var isDone = false

    init(
        source: ControllerEvents.Producer.Source,
        now: @escaping @Sendable () -> Instant,
        logger: Logger,
        secured: EventLoopPromise<Void>,
        ended: EventLoopPromise<LinkError>
    ) {
        self.source = source
        self.now = now
        self.logger = logger
        self.secured = secured
        self.ended = ended
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // For a channel that never became active.
        finish(because: fault ?? .closed)
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { secured.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !session.isClosed else { return }
        reader.append(unwrapInboundIn(data))
        do throws(LinkError) {
            while !session.isClosed, let frame = try reader.next() {
                let message = try ControllerMessage(frame: frame)
                perform(session.received(message, now: Clocks.steady()))
                if session.isOpen { compareClocks(message) }
            }
        } catch {
            finish(because: error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(because: fault ?? .closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fault = LinkError(transport: error)
        if !(error is TLSError) { context.close(promise: nil) }
    }

    /// While the events' reader lags, nothing more is read from the socket.
    func read(context: ChannelHandlerContext) {
        if isPaused { isReadHeldBack = true } else { context.read() }
    }

    func resume() {
        isPaused = false
        guard isReadHeldBack else { return }
        isReadHeldBack = false
        context?.read()
    }

    // MARK: what the session says

    /// The first frame, after the handshake.
    func begin(_ hello: Hello) {
        guard !session.isClosed, let context else { return }
        session = AgentSession(now: Clocks.steady())
        tick(every: Self.paceBeforeWelcome, on: context.eventLoop)
        do throws(LinkError) {
            clock.asked(0, at: now())
            write(try AgentFrame.hello(hello))
        } catch {
            finish(because: error)
        }
    }

    private func perform(_ action: AgentSession.ReceivedAction) {
        switch action {
        case .nothing: break
        case .deliver(let event): deliver(event)
        case .ignoreUnknown: logger.info("ignored a message of a newer controller")
        case .close(let error): finish(because: error)
        }
    }

    /// A welcome answers the hello, and a heartbeat one of ours.
    private func compareClocks(_ message: ControllerMessage) {
        let answer: HeartbeatAnswer? =
            switch message {
            case .welcome(let welcome): HeartbeatAnswer(number: 0, heard: welcome.at, said: welcome.at)
            case .heartbeat(_, let answer): answer
            default: nil
            }
        guard let answer else { return }
        let isNew = clock.answered(answer.number, heard: answer.heard, said: answer.said, at: now())
        // A clock that is off is told each time: somebody may have set the machine's right meanwhile.
        guard let reading = clock.best, isNew || reading.isOff else { return }
        deliver(.clockRead(reading))
    }

    private func deliver(_ event: ControllerEvent) {
        if case .connected(let welcome) = event, let context {
            tick(every: .milliseconds(max(1, welcome.heartbeatEvery.ms / 2)), on: context.eventLoop)
        }
        switch source.yield(event) {
        case .produceMore: break
        case .stopProducing: isPaused = true
        case .dropped: finish(because: .closed)
        }
    }

    private func tick(every pace: TimeAmount, on eventLoop: any EventLoop) {
        ticking?.cancel()
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        ticking = eventLoop.scheduleRepeatedTask(initialDelay: pace, delay: pace) { _ in handler.value.tick() }
    }

    private func tick() {
        switch session.tick(now: Clocks.steady()) {
        case .nothing: break
        case .beat(let number): beat(number)
        case .close(let error): finish(because: error)
        }
    }

    private func beat(_ number: UInt64) {
        do throws(LinkError) {
            let (now, reading) = (now(), clock.best)
            clock.asked(number, at: now)
            let isNews = reading.map { $0.isNews(after: toldClock) } ?? false
            write(try AgentFrame.heartbeat(number: number, at: now, clock: isNews ? reading : nil))
            if isNews { toldClock = reading }
        } catch {
            finish(because: error)
        }
    }

    // MARK: out

    func send(_ frame: ByteBuffer) {
        guard session.isOpen else { return }
        write(frame)
    }

    private func write(_ frame: ByteBuffer) {
        guard let context else { return }
        guard !context.channel.isWritable else {
            context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            return
        }
        let count = frame.readableBytes
        if let error = session.queued(count, now: Clocks.steady()) {
            finish(because: error)
            return
        }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.session.sent(count, now: Clocks.steady()) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// The session is over. Told once.
    func finish(because error: LinkError) {
        guard !isDone else { return }
        isDone = true
        _ = session.end()
        ticking?.cancel()
        secured.fail(error)
        context?.close(promise: nil)
        ended.succeed(error)
    }
}

@available(*, unavailable)
extension AgentSessionHandler: Sendable {}
