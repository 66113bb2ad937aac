import NIOCore
import TLSChannel
import TimeAndChance

/// Stands between TLS and a one-shot conversation: tells when the controller has proved itself, and cuts a conversation
/// that crawls or takes too long.
final class ServerGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Patience {
        /// The whole conversation.
        case total(Interval)
        /// As long as `ThroughputGuard` is content.
        case whileMoving
    }

    private static let pace = TimeAmount.seconds(2)

    private let secured: EventLoopPromise<Void>
    private let patience: Patience
    private let began = Clocks.steady()
    private var throughput = ThroughputGuard(now: Clocks.steady())
    private var ticking: RepeatedTask?
    private var isDone = false

    init(secured: EventLoopPromise<Void>, patience: Patience) {
        self.secured = secured
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let gate = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pace, delay: Self.pace) { _ in
            gate.value.0.tick(gate.value.1)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(.closed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { secured.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        throughput.moved(unwrapInboundIn(data).readableBytes)
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let error = LinkError(transport: error)
        end(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed)
        context.fireChannelInactive()
    }

    private func tick(_ context: ChannelHandlerContext) {
        let now = Clocks.steady()
        let error: LinkError? =
            switch patience {
            case .total(let limit):
                now - began > limit ? .overdue("The controller did not answer within \(limit).") : nil
            case .whileMoving: throughput.isTooSlow(now: now) ? .slow : nil
            }
        guard let error else { return }
        end(error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func end(_ error: LinkError) {
        guard !isDone else { return }
        isDone = true
        ticking?.cancel()
        secured.fail(error)
    }
}

@available(*, unavailable)
extension ServerGate: Sendable {}
