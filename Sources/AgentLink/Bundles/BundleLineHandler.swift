import NIOCore
import TLSChannel
import TimeAndChance

/// The agent's end of a connection for bundles: hands answers over one by one, and reads no further while one waits.
///
/// A transfer that crawls is cut. Between two transfers the connection rests, for a while.
final class BundleLineHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What is deployed seldom comes alone: a wave's next service follows within seconds. The controller keeps the
    /// connection for longer.
    static let rest_max = Interval.seconds(15)
    private static let pace = TimeAmount.seconds(2)
    private static let unasked = LinkError.outOfTurn("bundle_answer", "The controller answers what nobody asked.")

    private enum State {
        case securing(EventLoopPromise<Void>)
        case resting(until: Instant)
        case transferring(ThroughputGuard)
        case ended(LinkError)
    }

    private let crawl_max: Interval
    private var state: State
    private var reader = FrameReader(limit: .bundleAnswer)
    /// Whoever waits for the next answer.
    private var wanted: EventLoopPromise<[UInt8]>?
    private var isReadHeldBack = false
    private var context: ChannelHandlerContext?
    private var ticking: RepeatedTask?

    init(crawl_max: Interval, secured: EventLoopPromise<Void>) {
        self.crawl_max = crawl_max
        state = .securing(secured)
    }

    // MARK: one transfer

    /// Begins a transfer on a line that rests.
    func begin(_ request: ByteBuffer) {
        guard case .resting = state, let context else { return }
        state = .transferring(ThroughputGuard(now: Clocks.steady(), window: crawl_max))
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    /// The next answer. One call at a time.
    func next(_ promise: EventLoopPromise<[UInt8]>) {
        wanted = promise
        deliver()
        guard wanted != nil else { return }
        if case .ended(let error) = state {
            wanted = nil
            promise.fail(error)
        } else if isReadHeldBack {
            isReadHeldBack = false
            context?.read()
        }
    }

    /// The transfer is complete; another may follow.
    func rest() {
        guard case .transferring = state else { return }
        state = .resting(until: Clocks.steady() + Self.rest_max)
        if !reader.isEmpty { fail(Self.unasked) }
    }

    func forgive() {
        guard case .transferring = state else { return }
        state = .transferring(ThroughputGuard(now: Clocks.steady(), window: crawl_max))
    }

    func close() {
        end(.closed)
        context?.close(promise: nil)
    }

    private func deliver() {
        guard let wanted else { return }
        do throws(LinkError) {
            guard let answer = try reader.next() else { return }
            self.wanted = nil
            wanted.succeed(answer)
        } catch {
            fail(error)
        }
    }

    private func tick() {
        let now = Clocks.steady()
        switch state {
        case .resting(let until) where now >= until: close()
        case .transferring(var throughput):
            let isTooSlow = throughput.isTooSlow(now: now)
            state = .transferring(throughput)
            if isTooSlow { fail(.slow) }
        default: break
        }
    }

    private func fail(_ error: LinkError) {
        end(error)
        context?.close(promise: nil)
    }

    private func end(_ error: LinkError) {
        if case .ended = state { return }
        if case .securing(let secured) = state { secured.fail(error) }
        state = .ended(error)
        ticking?.cancel()
        // What has arrived before the end is still there for whoever asks.
        wanted?.fail(error)
        wanted = nil
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pace, delay: Self.pace) { _ in
            handler.value.tick()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.closed)
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted, case .securing(let secured) = state {
            state = .resting(until: Clocks.steady() + Self.rest_max)
            secured.succeed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .transferring(var throughput) = state else { return fail(Self.unasked) }
        let bytes = unwrapInboundIn(data)
        throughput.moved(bytes.readableBytes)
        state = .transferring(throughput)
        reader.append(bytes)
        deliver()
    }

    func read(context: ChannelHandlerContext) {
        if case .transferring = state, wanted == nil { isReadHeldBack = true } else { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(LinkError(transport: error))
        if !(error is TLSError) { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension BundleLineHandler: Sendable {}
