import HummingbirdCore
import Logging
import NIOCore
import TLSChannel

/// A connection whose first handler speaks TLS and whose others are those of `Base`.
struct HTTPSChannel<Base: ServerChildChannel>: ServerChildChannel {
    private let base: Base
    private let context: TLSContext

    init(_ base: Base, context: TLSContext) {
        self.base = base
        self.context = context
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

extension TLSConfiguration {
    /// What the API speaks to browsers, `curl` and `wavetrain`: HTTP/1.1; whoever asks shows a token, no certificate.
    public static func releaseBoard(identity: TLSIdentity) -> TLSConfiguration {
        .server(
            identity: identity,
            trustRootsPEM: [],
            protocols: [TLSServerProtocol("http/1.1", clientCertificate: .none)],
            withoutALPN: TLSClientCertificate.none
        )
    }
}
