import ControllerService
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TLSChannel

/// The controller's HTTP interface. `docs/api.md` describes what it answers; `RouteTable` is what it answers.
///
/// Plain HTTP is spoken on loopback only; any other address needs a TLS context.
public struct ReleaseBoard: Service {
    let table: RouteTable
    let responder: Responder
    private let host: String
    private let port: Int
    private let tls: TLSContext?
    private let limits: BoardLimits
    private let log: Logger
    private let onListening: @Sendable (SocketAddress) async -> Void

    /// - Parameters:
    ///   - port: 0 takes a free one; the log and `onListening` say which.
    ///   - tls: nil on loopback; elsewhere the server's context with the protocol `http/1.1`.
    ///   - chat: nil: no chat may send anything.
    ///   - onListening: called once, when connections are taken.
    /// - Throws: `ReleaseBoardError` when the address is not loopback and there is no TLS.
    public init(
        controller: Controller,
        operators: OperatorTokens,
        host: String,
        port: Int,
        tls: TLSContext?,
        chat: ChatDoor? = nil,
        limits: BoardLimits = BoardLimits(),
        log: Logger,
        onListening: @escaping @Sendable (SocketAddress) async -> Void = { _ in }
    ) throws(ReleaseBoardError) {
        guard tls != nil || ControllerConfiguration.Listener(host: host, port: port).isLoopback else {
            throw .plainTextElsewhere(host)
        }
        table = RouteTable.all
        responder = Responder(
            controller: controller,
            operators: operators,
            table: table,
            limits: limits,
            logIns: LogIns(limits),
            chat: chat,
            log: log
        )
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
        self.log = log
        self.onListening = onListening
    }

    /// Answers until shutdown; streams end then, and what is being answered is answered.
    public func run() async throws {
        // Only whole heads count as activity, so that one which comes byte by byte is cut, too.
        var configuration = HTTP1Channel.Configuration(idleTimeout: limits.headTimeout)
        configuration.httpDecoder = .init(
            maxHeaderFieldSize: 16_384,
            maxHeaderListSize: 32_768,
            maxHeaderFieldCount: 100
        )
        let responder = responder
        let http = HTTP1Channel(
            responder: { request, writer, channel in try await responder.respond(to: request, writer, on: channel) },
            configuration: configuration
        )
        do {
            if let tls {
                try await serve(GuardedChannel(HTTPSChannel(http, context: tls), limits))
            } else {
                try await serve(GuardedChannel(http, limits))
            }
        } catch let error as IOError {
            throw ReleaseBoardError.cannotListen(host: host, port: port, error)
        }
    }

    private func serve(_ channel: some ServerChildChannel) async throws {
        // What the server below says of itself is said here in this project's words.
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let server = channel.server(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections_max, logger: log)
            ),
            onServerRunning: { [log, onListening] channel in
                guard let address = channel.localAddress, let port = address.port else { return }
                log.notice("API listens", metadata: ["address": "\(address.ipAddress ?? ""):\(port)"])
                await onListening(address)
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quiet
        )
        try await server.run()
    }
}
