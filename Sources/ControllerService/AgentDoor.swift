import AgentLink
import Cryptography
import EventStore
import Logging
import ServiceLifecycle
import TLSChannel
import TrainModel

/// The listener as the controller's way to its agents.
public final class AgentDoor: OrderSender, Service {
    private let listener: AgentListener
    private let orderKey: PrivateKey
    private let log: Logger

    public init(listener: AgentListener, orderKey: PrivateKey, log: Logger) {
        self.listener = listener
        self.orderKey = orderKey
        self.log = log
    }

    public func send(_ order: Order, to hosts: [HostKey]) {
        do {
            let absent = listener.send(try OrderCodec.seal(order, with: orderKey), to: hosts)
            if !absent.isEmpty {
                log.debug(
                    "order waits for hosts without a link",
                    metadata: ["order": "\(order.id)", "hosts": "\(absent.count)"]
                )
            }
        } catch {
            // Every order comes from the compiled plan and was bounded there; what still fails is a bug worth hearing of.
            log.error("order cannot be sealed", metadata: ["order": "\(order.id)", "error": "\(error)"])
        }
    }

    public func acknowledge(_ receipt: OrderID, of host: HostKey) {
        listener.acknowledge(receiptOf: receipt, to: host)
    }

    public func show(_ head: ChainHead) {
        listener.show(ShownHead(sequence: head.sequence, hash: head.hash))
    }

    public func cut(_ host: HostKey, reason: String) {
        listener.cut(host, because: Farewell(code: "revoked", sentence: "The controller ended the session: \(reason)."))
    }

    /// New connections see another certificate; those that exist go on.
    public func reload(_ identity: TLSIdentity, authorityPEM: String) throws {
        try listener.reload(identity: identity, authorityPEM: authorityPEM)
    }

    public func run() async throws {
        try await gracefulShutdown()
        await listener.stop()
    }
}
