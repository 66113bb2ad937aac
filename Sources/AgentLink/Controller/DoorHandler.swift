import Logging
import NIOCore
import TLSChannel

/// Stands behind TLS until the handshake has told who comes for what, then makes way for the protocol's own handler.
///
/// Nothing of the application is read before: TLS fires the handshake's end first.
final class DoorHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    typealias Choice = @Sendable (TLSHandshakeCompleted) throws(LinkError) -> any ChannelHandler

    private let address: String
    private let logger: Logger
    private let choose: Choice

    /// - Parameter choose: whom the handshake's outcome leads to.
    init(address: String, logger: Logger, choose: @escaping Choice) {
        self.address = address
        self.logger = logger
        self.choose = choose
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let agreement = event as? TLSHandshakeCompleted else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        do {
            let handler = try choose(agreement)
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            logger.notice("refused a connection", metadata: ["address": "\(address)", "error": "\(error)"])
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // TLS closes the channel after each of its errors.
        logger.notice("refused a connection", metadata: ["address": "\(address)", "error": "\(error)"])
        if !(error is TLSError) { context.close(promise: nil) }
    }
}
