import AgentLink
import Cryptography
import TimeAndChance
import TrainModel

/// The controller as far as an agent needs it; the one place where a test puts itself between.
public protocol ControllerLink: Sendable {
    /// Connects, and connects again after every loss, until it is cancelled. Hands over what happens, in order.
    ///
    /// - Parameter greeting: asked for at every connection.
    func run(
        greeting: @escaping @Sendable () async -> Greeting,
        events: @escaping @Sendable (LinkEvent) async throws -> Void
    ) async throws

    /// Never waits; lost when the link is down.
    func send(_ report: AgentReport)

    /// Brings the bundle to the path, going on where an earlier call stopped; its digest is verified.
    func fetch(
        _ artifact: Artifact,
        to path: String,
        progress: @escaping @Sendable (_ present_bytes: UInt64) -> Void
    ) async throws

    /// Asks for a new certificate; used from the next connection on.
    func renew(_ request: CertificateRequest) async throws -> RenewalAnswer
}

public enum LinkEvent: Sendable {
    /// With the controller's clock.
    case up(Instant)
    case down
    /// Its signature is verified: nothing else can make one.
    case order(OpenedOrder)
    case receiptStored(OrderID)
}
