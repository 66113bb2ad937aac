import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// A connection that is one of few from its address, and that is cut when its client takes nothing.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
    private struct TooMany: Error {}

    private let base: Base
    private let census: ConnectionCensus
    private let answerStall: TimeAmount

    init(_ base: Base, _ limits: BoardLimits) {
        self.base = base
        census = ConnectionCensus(perAddress_max: limits.connections_perAddress_max)
        answerStall = limits.answerStall
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        let address = ClientAddress(channel.remoteAddress)
        guard census.enter(address) else {
            logger.debug("too many connections from one address", metadata: ["address": "\(address)"])
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(TooMany())
        }
        channel.closeFuture.whenComplete { [census] _ in census.leave(address) }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(StallHandler(after: answerStall))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// How many connections there are from each address.
final class ConnectionCensus: Sendable {
    private let perAddress_max: Int
    private let counts = Mutex<[ClientAddress: Int]>([:])

    init(perAddress_max: Int) {
        self.perAddress_max = perAddress_max
    }

    func enter(_ address: ClientAddress) -> Bool {
        counts.withLock { counts in
            guard counts[address, default: 0] < perAddress_max else { return false }
            counts[address, default: 0] += 1
            return true
        }
    }

    func leave(_ address: ClientAddress) {
        counts.withLock { counts in
            let left = counts[address, default: 0] - 1
            counts[address] = left > 0 ? left : nil
        }
    }
}

/// Closes a connection whose buffer has been full for too long.
private final class StallHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private let after: TimeAmount
    private var deadline: Scheduled<Void>?

    init(after: TimeAmount) {
        self.after = after
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        if !context.channel.isWritable {
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: after) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }
}
