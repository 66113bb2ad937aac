import NIOCore
import NIOPosix
import TLSChannel
import TimeAndChance

/// A short connection to the controller: one request, some answers, close.
struct Conversation: Sendable {
    private typealias Bytes = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let controller: NetworkAddress
    let group: any EventLoopGroup
    let limit: FrameLimit
    let within: Interval
    /// Made inside the channel's event loop.
    let tls: @Sendable () throws -> TLSHandler

    /// Sends `request` once the controller has proved itself, then hands over each answer until `receive` says that it
    /// was the last.
    ///
    /// - Throws: `LinkError`; what `receive` throws; `CancellationError`.
    func run(_ request: ByteBuffer, receive: ([UInt8]) async throws -> Bool) async throws {
        let (bytes, secured) = try await connect()
        do {
            try await bytes.executeThenClose { inbound, outbound in
                try await secured.get()
                do {
                    try await outbound.write(request)
                } catch is NIOAsyncWriterError {
                    // The controller has ended the connection already; what it said before is still to be read.
                }
                var reader = FrameReader(limit: limit)
                for try await piece in inbound {
                    reader.append(piece)
                    while let answer = try reader.next() {
                        if try await receive(answer) { return }
                    }
                }
                try Task.checkCancellation()
                throw LinkError.closed
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw LinkError(transport: error)
        }
    }

    /// Only the handshake, and goodbye.
    ///
    /// - Throws: `LinkError`.
    func meet() async throws {
        let (bytes, secured) = try await connect()
        do {
            try await bytes.executeThenClose { _, _ in try await secured.get() }
        } catch {
            throw LinkError(transport: error)
        }
    }

    private func connect() async throws -> (Bytes, EventLoopFuture<Void>) {
        let within = within
        let tls = tls
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(10))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: controller.host, port: controller.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let secured = channel.eventLoop.makePromise(of: Void.self)
                        do {
                            try channel.pipeline.syncOperations.addHandlers(
                                tls(),
                                ServerGate(secured: secured, within: within)
                            )
                        } catch {
                            secured.fail(error)
                            throw error
                        }
                        return (try Bytes(wrappingChannelSynchronously: channel), secured.futureResult)
                    }
                }
        } catch {
            throw LinkError(transport: error)
        }
    }
}
