import NIOCore
import NIOEmbedded
import TLSChannel

/// What came out of the TLS handler, on a channel without a network.
final class Seen: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var agreement: TLSHandshakeCompleted?
    private(set) var bytes: [UInt8] = []
    private(set) var errors: [TLSError] = []
    private(set) var isInputClosed = false
    private(set) var isInactive = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        precondition(agreement != nil, "an application byte passed before the handshake was done")
        bytes += unwrapInboundIn(data).readableBytesView
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let agreement as TLSHandshakeCompleted: self.agreement = agreement
        case ChannelEvent.inputClosed: isInputClosed = true
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { errors.append(error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isInactive = true
    }
}

/// Stands where the socket would: an embedded channel would close as a whole where a socket only ends its output.
final class Wire: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var isOutputClosed = false
    private(set) var readCount = 0

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else {
            context.close(mode: mode, promise: promise)
            return
        }
        isOutputClosed = true
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        readCount += 1
        context.read()
    }
}

/// One end of a connection without a network.
final class End {
    let channel = EmbeddedChannel()
    let wire = Wire()
    let seen = Seen()

    init(_ handler: TLSHandler, active: Bool = true) throws {
        try channel.pipeline.syncOperations.addHandlers([wire, handler, seen])
        if active { try activate() }
    }

    static func server(_ context: TLSContext) throws -> End { try End(TLSHandler(context: context)) }

    static func client(_ context: TLSContext, active: Bool = true) throws -> End {
        try End(TLSHandler(context: context, serverName: .dns(Certificates.serverDNS)), active: active)
    }

    func activate() throws {
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// The ciphertext that waits for the other end.
    func takeSent() throws -> [UInt8] {
        var sent: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { sent += buffer.readableBytesView }
        return sent
    }

    func receive(_ bytes: some Sequence<UInt8>) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    func write(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Closes the channel, at the close deadline if need be.
    func dispose() {
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        channel.embeddedEventLoop.run()
    }
}

/// What a future has come to by now; nil when nothing yet. To wait for it would block the test for ever.
func fate(of future: EventLoopFuture<Void>) -> Result<Void, any Error>? {
    final class Box {
        var result: Result<Void, any Error>?
    }
    let box = Box()
    future.assumeIsolated().whenComplete { box.result = $0 }
    return box.result
}

extension Result<Void, any Error>? {
    var isSuccess: Bool { if case .success? = self { true } else { false } }

    func isFailure<Failure: Error & Equatable>(_ expected: Failure) -> Bool {
        if case .failure(let error as Failure)? = self { error == expected } else { false }
    }

    var tlsCode: TLSError.Code? {
        if case .failure(let error as TLSError)? = self { error.code } else { nil }
    }
}

/// Both ends, and a network that cuts the stream as the test likes.
struct Pair {
    let client: End
    let server: End

    init(client: TLSContext, server: TLSContext) throws {
        self.server = try End.server(server)
        self.client = try End.client(client)
    }

    /// Carries bytes to and fro until neither end has more to say.
    /// - Parameter cut: how many of the remaining bytes arrive together.
    func exchange(cut: (_ remaining: Int) -> Int = { $0 }) throws {
        while true {
            let toServer = try client.takeSent()
            let toClient = try server.takeSent()
            if toServer.isEmpty && toClient.isEmpty { return }
            try deliver(toServer, to: server, cut)
            try deliver(toClient, to: client, cut)
        }
    }

    private func deliver(_ bytes: [UInt8], to end: End, _ cut: (Int) -> Int) throws {
        var rest = bytes[...]
        while !rest.isEmpty, end.channel.isActive {
            let piece = rest.prefix(cut(rest.count))
            try end.receive(piece)
            rest = rest.dropFirst(piece.count)
        }
    }

    func dispose() {
        client.dispose()
        server.dispose()
    }
}
