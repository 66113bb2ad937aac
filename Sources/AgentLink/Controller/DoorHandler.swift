import Logging
import NIOCore
import TLSChannel

/// Stands behind TLS until the handshake has told who comes for what, then makes way for the protocol's own handler.
///
/// Nothing of the application is read before: TLS fires the handshake's end first.
final class DoorHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let core: ListenerCore
    private let address: String
    private let ticket: AddressCensus.Ticket

    init(core: ListenerCore, address: String, ticket: AddressCensus.Ticket) {
        self.core = core
        self.address = address
        self.ticket = ticket
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let agreement = event as? TLSHandshakeCompleted else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        do {
            let handler = try handler(for: agreement)
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch {
            core.logger.notice("refused a connection", metadata: ["address": "\(address)", "error": "\(error)"])
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // TLS closes the channel after each of its errors.
        core.logger.notice("refused a connection", metadata: ["address": "\(address)", "error": "\(error)"])
        if !(error is TLSError) { context.close(promise: nil) }
    }

    private func handler(for agreement: TLSHandshakeCompleted) throws(LinkError) -> any ChannelHandler {
        switch agreement.alpn.flatMap(ApplicationProtocol.init) {
        case .control: ControllerSessionHandler(core: core, agent: try identity(agreement))
        case .bundle: BundleServerHandler(core: core, agent: try identity(agreement))
        // A stranger to the end.
        case .enrol: EnrolServerHandler(core: core, address: address)
        case nil: throw LinkError(.wrongPeer, "The peer speaks none of our protocols.", remedy: "Upgrade the agent.")
        }
    }

    private func identity(_ agreement: TLSHandshakeCompleted) throws(LinkError) -> AgentIdentity {
        guard let certificate = agreement.peerCertificateDER else {
            throw LinkError(.wrongPeer, "The peer has no certificate.", remedy: "Enrol the agent.")
        }
        let agent = try AgentIdentity(certificateDER: certificate, cluster: core.cluster)
        ticket.leave()
        return agent
    }
}
