import NIOCore
import TLSChannel
import TimeAndChance

/// Stands between TLS and a one-shot conversation: tells when the controller has proved itself, and cuts a conversation
/// that takes too long.
final class ServerGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let pace = TimeAmount.seconds(2)

    private let secured: EventLoopPromise<Void>
    /// The whole conversation.
    private let within: Interval
    private let began = Clocks.steady()
    private var ticking: RepeatedTask?
    private var isDone = false

    init(secured: EventLoopPromise<Void>, within: Interval) {
        self.secured = secured
        self.within = within
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
        guard Clocks.steady() - began > within else { return }
        let error = LinkError.overdue("The controller did not answer within \(within).")
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
