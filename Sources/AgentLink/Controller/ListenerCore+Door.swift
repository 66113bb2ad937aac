import NIOCore
import TLSChannel

/// Who comes for what.
extension ListenerCore {
    func handler(
        for agreement: TLSHandshakeCompleted,
        address: String,
        ticket: AddressCensus.Ticket
    ) throws(LinkError) -> any ChannelHandler {
        switch agreement.alpn.flatMap(ApplicationProtocol.init) {
        case .control: ControllerSessionHandler(core: self, agent: try identity(agreement, ticket))
        case .bundle: BundleServerHandler(desk: desk, agent: try identity(agreement, ticket))
        // A stranger to the end.
        case .enrol: EnrolServerHandler(core: self, address: address)
        case nil: throw LinkError(.wrongPeer, "The peer speaks none of our protocols.", remedy: "Upgrade the agent.")
        }
    }

    private func identity(
        _ agreement: TLSHandshakeCompleted,
        _ ticket: AddressCensus.Ticket
    ) throws(LinkError) -> AgentIdentity {
        let agent = try AgentIdentity(agreement, cluster: cluster)
        ticket.leave()
        return agent
    }
}
