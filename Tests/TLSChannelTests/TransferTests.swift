import NIOCore
import NIOPosix
import TLSChannel
import Testing

/// Much data over real sockets, and a reader who takes it slowly.
@Suite(.timeLimit(.minutes(2)))
struct TransferTests {
    @Test func `64 MiB go each way at once while both ends honour back-pressure`() async throws {
        let size = 64 << 20
        let (client, server) = (try clientContext(), try serverContext())
        let (finished, finishing) = AsyncStream<Int>.makeStream()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: server))
                    try channel.pipeline.syncOperations.addHandler(
                        Torrent(size: size, seed: 1, expecting: 2, finishing)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let dialled = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try TLSHandler(context: client, serverName: .dns(Certificates.serverDNS))
                    try channel.pipeline.syncOperations.addHandler(handler)
                    try channel.pipeline.syncOperations.addHandler(
                        Torrent(size: size, seed: 2, expecting: 1, finishing)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: try #require(listener.localAddress?.port)).get()
        var ends = 0
        for await good in finished {
            #expect(good == size)
            ends += 1
            if ends == 2 { break }
        }
        try await dialled.close()
        try await listener.close()
    }

    @Test func `one write of 64 MiB arrives whole`() async throws {
        let size = 64 << 20
        try await Listener.with(try serverContext()) { listener in
            let client = try await dial(port: listener.port, try clientContext())
            let connection = try await listener.connection()
            async let written: Void = client.channel.writeAndFlush(ByteBuffer(repeating: 42, count: size))
            var left = size
            for await case .bytes(let bytes) in connection.happenings {
                left -= bytes.count
                if left == 0 { break }
            }
            #expect(left == 0)
            try await written
            try await client.channel.close()
        }
    }

    @Test func `nothing is delivered to a reader who does not read`() async throws {
        try await Listener.with(try serverContext(), autoRead: false) { listener in
            let client = try await dial(port: listener.port, try clientContext())
            let connection = try await listener.connection()
            _ = try await connection.handshake()
            try await client.send("asked for")
            connection.channel.read()
            try await connection.text("asked for")
            try await client.channel.close(mode: .output)
            connection.channel.read()
            #expect(await connection.rest().isEmpty)
        }
    }

    @Test func `half-close over sockets lets the other direction go on`() async throws {
        try await Listener.with(try serverContext(), halfClosure: true) { listener in
            let client = try await dial(port: listener.port, try clientContext())
            let connection = try await listener.connection()
            try await client.send("question")
            try await client.channel.close(mode: .output)
            try await connection.text("question")
            try await connection.inputClosed()
            try await connection.send("answer")
            try await client.text("answer")
            try await connection.channel.close()
            #expect(await client.rest().isEmpty)
        }
    }

    @Test func `certificates reload for new connections and old ones go on`() async throws {
        let context = try serverContext()
        try await Listener.with(context, echoes: true) { listener in
            let old = try await dial(port: listener.port, try clientContext())
            let oldCertificate = try await old.handshake().peerCertificateDER
            #expect(try oldCertificate == der("server"))

            #expect(throws: TLSError.self) {
                try context.reload(
                    identity: TLSIdentity(certificateChainPEM: "nonsense", privateKeyPEM: "nonsense"),
                    trustRootsPEM: []
                )
            }
            try context.reload(
                identity: try Certificates.shared.identity("server-renewed"),
                trustRootsPEM: [try Certificates.shared.pem(Certificates.root)]
            )
            let new = try await dial(port: listener.port, try clientContext())
            #expect(try await new.handshake().peerCertificateDER == der("server-renewed"))
            try await old.send("still here")
            try await old.text("still here")

            // Another authority: those it does not vouch for stay out, those inside stay in.
            try context.reload(
                identity: try Certificates.shared.identity("server-renewed"),
                trustRootsPEM: [try Certificates.shared.pem(Certificates.otherRoot)]
            )
            let refused = try await dial(port: listener.port, try clientContext())
            #expect(try await refused.error().code == .refusedByPeer)
            try await old.send(", still")
            try await old.text(", still")
            try await old.channel.close()
            try await new.channel.close()
        }
    }

    @Test func `a handshake that stalls on a socket is cut`() async throws {
        let context = try serverContext { $0.handshakeTimeout = .milliseconds(50) }
        try await Listener.with(context) { listener in
            let silent = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: listener.port).get()
            let connection = try await listener.connection()
            #expect(try await connection.error().code == .handshakeTimedOut)
            #expect(await connection.rest().isEmpty)
            try await silent.closeFuture.get()
        }
    }
}

/// Pours a seeded stream as fast as writability allows, reads one piece at a time, and compares what it gets.
private final class Torrent: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let pattern: ByteBuffer
    private let expected: ByteBuffer
    private let finishing: AsyncStream<Int>.Continuation
    private var leftToSend: Int
    private var leftToReceive: Int
    private var received = 0

    /// A block of prime length, so that no record or chunk size divides it.
    private static let block_bytes = 30_011

    init(size: Int, seed: UInt64, expecting: UInt64, _ finishing: AsyncStream<Int>.Continuation) {
        var (own, other) = (Chance(seed: seed), Chance(seed: expecting))
        pattern = ByteBuffer(bytes: own.bytes(Self.block_bytes))
        expected = ByteBuffer(bytes: other.bytes(Self.block_bytes))
        self.finishing = finishing
        leftToSend = size
        leftToReceive = size
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is TLSHandshakeCompleted else { return }
        context.read()
        pour(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pour(context)
    }

    private func pour(_ context: ChannelHandlerContext) {
        while leftToSend > 0, context.channel.isWritable {
            guard let bytes = pattern.getSlice(at: 0, length: min(leftToSend, Self.block_bytes)) else { return }
            leftToSend -= bytes.readableBytes
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0 {
            let start = received % Self.block_bytes
            let count = min(bytes.readableBytes, Self.block_bytes - start)
            guard bytes.readSlice(length: count) == expected.getSlice(at: start, length: count) else {
                finishing.yield(-received)
                return
            }
            received += count
            leftToReceive -= count
        }
        if leftToReceive == 0 { finishing.yield(received) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finishing.yield(-1)
    }
}
