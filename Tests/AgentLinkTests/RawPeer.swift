import NIOCore
import NIOPosix
import TLSChannel
import TrainModel

@testable import AgentLink

/// A peer that speaks TLS as it must and everything above it as the test says.
enum RawPeer {
    typealias Bytes = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Connects and hands over the stream; what goes wrong in the handshake is thrown by its reader.
    static func connect<Result>(
        to controller: TestController,
        identity: TLSIdentity?,
        _ application: ApplicationProtocol = .control,
        receiveBuffer_bytes: Int? = nil,
        _ body: (NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws ->
            Result
    ) async throws -> Result {
        let tls = try TLSContext(.agent(identity, controller.cluster.authorityPEM, application))
        let name = TLSServerName.uri("wavetrain://\(controller.cluster.name)/controller")
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer_bytes {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer_bytes))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: controller.listener.port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(TLSHandler(context: tls, serverName: name), Fuse())
                return try Bytes(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose(body)
    }

    /// Listens as if it were a controller, and serves each connection with `serve`.
    static func listen(
        identity: TLSIdentity,
        authorityPEM: String,
        _ application: ApplicationProtocol,
        serve:
            @escaping @Sendable (
                NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>, _ number: Int
            ) async throws -> Void,
        _ body: (NetworkAddress) async throws -> Void
    ) async throws {
        var configuration = TLSConfiguration.server(
            identity: identity,
            trustRootsPEM: [authorityPEM],
            protocols: [TLSServerProtocol(application.rawValue, clientCertificate: .required)]
        )
        // Many tests share the cores.
        configuration.handshakeTimeout = .seconds(30)
        let tls = try TLSContext(configuration)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(TLSHandler(context: tls), Fuse())
                    return try Bytes(wrappingChannelSynchronously: channel)
                }
            }
        guard let port = server.channel.localAddress?.port,
            let address = NetworkAddress(host: "127.0.0.1", port: port)
        else { preconditionFailure("a listener has a port") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        var number = 0
                        for try await connection in connections {
                            let current = number
                            number += 1
                            group.addTask {
                                // What a client does to its connection is the test's business, not the server's.
                                try? await connection.executeThenClose { try await serve($0, $1, current) }
                            }
                        }
                    }
                }
            }
            try await body(address)
            group.cancelAll()
        }
    }

    /// The next whole frame, or nil at the end.
    static func frame(
        _ reader: inout FrameReader,
        _ inbound: inout NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) async throws -> [UInt8]? {
        while true {
            if let frame = try reader.next() { return frame }
            guard let piece = try await inbound.next() else { return nil }
            reader.append(piece)
        }
    }

    /// Closes the channel on an error, which the stream's reader then gets.
    private final class Fuse: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }
}
