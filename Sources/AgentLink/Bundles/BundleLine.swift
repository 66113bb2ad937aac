import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TLSChannel
import TimeAndChance

/// Whom bundles are fetched from.
enum BundlePeer: Hashable, Sendable {
    case controller
    case neighbour(BundleNeighbour)

    /// Nil: where the controller is.
    var address: NetworkAddress? {
        if case .neighbour(let neighbour) = self { neighbour.address } else { nil }
    }

    /// For so long it may crawl; others can be asked in a neighbour's place.
    var crawl_max: Interval { self == .controller ? ThroughputGuard.windowDefault : .seconds(15) }
}

/// A connection for bundles, as the task that uses it holds it. One transfer at a time.
struct BundleLine: Sendable {
    let channel: any Channel
    private let handler: NIOLoopBound<BundleLineHandler>

    /// - Throws: `LinkError`; `TLSError` for certificates that cannot be used.
    static func dial(
        _ peer: BundlePeer,
        controller: NetworkAddress,
        _ credentials: AgentCredentials,
        group: any EventLoopGroup
    ) async throws -> BundleLine {
        let address = peer.address ?? controller
        let (line, secured) = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let secured = channel.eventLoop.makePromise(of: Void.self)
                    let handler = BundleLineHandler(crawl_max: peer.crawl_max, secured: secured)
                    do {
                        try channel.pipeline.syncOperations.addHandlers(credentials.handler(for: peer), handler)
                    } catch {
                        secured.fail(error)
                        throw error
                    }
                    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    return (BundleLine(channel: channel, handler: bound), secured.futureResult)
                }
            }
        do {
            try await line.closingWhenCancelled { try await secured.get() }
        } catch {
            line.close()
            throw error
        }
        return line
    }

    /// Sends `request`, then hands over each answer until `receive` says that it was the last.
    ///
    /// - Throws: `LinkError`, or what `receive` throws; the line is of no more use then.
    func transfer(_ request: ByteBuffer, receive: ([UInt8]) async throws -> Bool) async throws {
        let handler = handler
        channel.eventLoop.execute { handler.value.begin(request) }
        while try await !receive(nextAnswer()) {}
        channel.eventLoop.execute { handler.value.rest() }
    }

    private func nextAnswer() async throws -> [UInt8] {
        let handler = handler
        let answer = channel.eventLoop.makePromise(of: [UInt8].self)
        channel.eventLoop.execute { handler.value.next(answer) }
        return try await closingWhenCancelled { try await answer.futureResult.get() }
    }

    /// The peer has said that it takes long: it is not slow for that.
    func forgive() {
        let handler = handler
        channel.eventLoop.execute { handler.value.forgive() }
    }

    func close() {
        let handler = handler
        channel.eventLoop.execute { handler.value.close() }
    }

    private func closingWhenCancelled<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await withTaskCancellationHandler(operation: body) { close() }
    }
}

/// The line that rests, for whoever comes next; at most one.
final class RestingLine: Sendable {
    private let line = NIOLockedValueBox<BundleLine?>(nil)

    deinit { line.withLockedValue { $0 }?.close() }

    func take() -> BundleLine? {
        let resting = line.withLockedValue { line in
            defer { line = nil }
            return line
        }
        return resting?.channel.isActive == true ? resting : nil
    }

    /// Closes the line when another rests already.
    func keep(_ free: BundleLine) {
        let surplus = line.withLockedValue { line in
            if let line, line.channel.isActive { return Optional(free) }
            line = free
            return nil
        }
        surplus?.close()
    }

    /// With other credentials from now on.
    func drop() { take()?.close() }
}
