import NIOCore
import NIOPosix
import TLSChannel
import Testing

/// What the user's end of a pipeline gets to see.
enum Happening: Sendable {
    case handshake(TLSHandshakeCompleted)
    case bytes([UInt8])
    case inputClosed
    case failed(TLSError)
}

/// Stands behind the TLS handler and tells the test what comes out of it.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let happenings: AsyncStream<Happening>.Continuation
    private let echoes: Bool

    init(_ happenings: AsyncStream<Happening>.Continuation, echoes: Bool) {
        self.happenings = happenings
        self.echoes = echoes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        happenings.yield(.bytes(Array(bytes.readableBytesView)))
        if echoes { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let agreement as TLSHandshakeCompleted: happenings.yield(.handshake(agreement))
        case ChannelEvent.inputClosed: happenings.yield(.inputClosed)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { happenings.yield(.failed(error)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        happenings.finish()
    }
}

/// One end of a connection over a real socket.
struct Connection: Sendable {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    let channel: any Channel
    let happenings: AsyncStream<Happening>

    /// The first that fits; everything before it is passed over. Throws when the connection ends without it.
    private func first<Value>(_ what: String, _ pick: (Happening) -> Value?) async throws -> Value {
        var seen: [Happening] = []
        for await happening in happenings {
            if let value = pick(happening) { return value }
            seen.append(happening)
        }
        throw Missing(description: "the connection ended without \(what): \(seen)")
    }

    func handshake() async throws -> TLSHandshakeCompleted {
        try await first("a handshake") { if case .handshake(let agreement) = $0 { agreement } else { nil } }
    }

    func error() async throws -> TLSError {
        try await first("an error") { if case .failed(let error) = $0 { error } else { nil } }
    }

    func inputClosed() async throws {
        try await first("the peer's end") { if case .inputClosed = $0 { () } else { nil } }
    }

    func text(_ expected: String) async throws {
        var text: [UInt8] = []
        _ = try await first("'\(expected)'") { happening -> Bool? in
            if case .bytes(let more) = happening { text += more }
            return String(decoding: text, as: UTF8.self) == expected ? true : nil
        }
    }

    /// Everything until the connection is gone.
    func rest() async -> [Happening] {
        var seen: [Happening] = []
        for await happening in happenings { seen.append(happening) }
        return seen
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }
}

/// A TLS server on a port that the kernel chose, for as long as the body runs.
struct Listener: Sendable {
    private let channel: any Channel
    private let accepted: AsyncStream<Connection>

    let port: Int

    func connection() async throws -> Connection {
        for await connection in accepted { return connection }
        throw Connection.Missing(description: "the listener has been closed")
    }

    static func with<Value>(
        _ context: TLSContext,
        echoes: Bool = false,
        halfClosure: Bool = false,
        autoRead: Bool = true,
        _ body: (Listener) async throws -> Value
    ) async throws -> Value {
        let (accepted, accepting) = AsyncStream<Connection>.makeStream()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
            .childChannelOption(.autoRead, value: autoRead)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (happenings, sink) = AsyncStream<Happening>.makeStream()
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(Recorder(sink, echoes: echoes))
                    accepting.yield(Connection(channel: channel, happenings: happenings))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let listener = Listener(channel: channel, accepted: accepted, port: channel.localAddress?.port ?? 0)
        do {
            let value = try await body(listener)
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }
}

/// Connects a TLS client to a port of this machine.
func dial(
    port: Int,
    _ context: TLSContext,
    serverName: TLSServerName = .dns(Certificates.serverDNS),
    halfClosure: Bool = false
) async throws -> Connection {
    let (happenings, sink) = AsyncStream<Happening>.makeStream()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.allowRemoteHalfClosure, value: halfClosure)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = try TLSHandler(context: context, serverName: serverName)
                try channel.pipeline.syncOperations.addHandler(handler)
                try channel.pipeline.syncOperations.addHandler(Recorder(sink, echoes: false))
            }
        }
        .connect(host: "127.0.0.1", port: port).get()
    return Connection(channel: channel, happenings: happenings)
}

/// The agent port of a controller: one protocol that demands a certificate, one that does not.
func serverContext(
    identity: String = "server",
    change: (inout TLSConfiguration) -> Void = { _ in }
) throws -> TLSContext {
    var configuration = TLSConfiguration.server(
        identity: try Certificates.shared.identity(identity),
        trustRootsPEM: [try Certificates.shared.pem(Certificates.root)],
        protocols: [
            TLSServerProtocol("wavetrain/1", clientCertificate: .required),
            TLSServerProtocol("wavetrain-enrol/1", clientCertificate: .none),
        ]
    )
    change(&configuration)
    return try TLSContext(configuration)
}

func clientContext(
    identity: String? = "client",
    protocols: [String] = ["wavetrain/1"],
    change: (inout TLSConfiguration) -> Void = { _ in }
) throws -> TLSContext {
    var configuration = TLSConfiguration.client(
        identity: try identity.map { try Certificates.shared.identity($0) },
        trustRootsPEM: [try Certificates.shared.pem(Certificates.root)],
        protocols: protocols
    )
    change(&configuration)
    return try TLSContext(configuration)
}
