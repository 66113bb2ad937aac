import AgentLink
import Cryptography
import HostDecisions
import SignedEnvelopes
import TimeAndChance
import TrainModel

/// A link without a controller: orders are sealed and opened as on the wire, and reports come out again.
final class TrialLink: ControllerLink {
    let reports: AsyncStream<AgentReport>
    private let reportDoor: AsyncStream<AgentReport>.Continuation
    private let events: AsyncStream<LinkEvent>
    private let eventDoor: AsyncStream<LinkEvent>.Continuation
    private let orderKey: PrivateKey
    private let hostKey: PrivateKey

    /// - Parameter hostKey: what the agent signs its receipts with.
    init(hostKey: PrivateKey) throws {
        self.hostKey = hostKey
        orderKey = try PrivateKey.generate(.ed25519)
        (events, eventDoor) = AsyncStream.makeStream()
        (reports, reportDoor) = AsyncStream.makeStream()
        eventDoor.yield(.up)
        // The trial is its own controller: its clock is right by itself.
        eventDoor.yield(.clockRead(ClockReading(ahead: .zero, error: .zero)))
    }

    func give(_ order: Order) throws {
        let sealed = try OrderCodec.seal(order, with: orderKey)
        eventDoor.yield(.order(try OrderCodec.open(sealed.envelope, with: Verifier([orderKey.publicKey]))))
    }

    func open(_ envelope: Envelope) throws -> Receipt {
        try ReceiptCodec.open(envelope, with: Verifier([hostKey.publicKey])).value
    }

    func stored(_ order: OrderID) { eventDoor.yield(.receiptStored(order)) }

    func run(
        greeting: @escaping @Sendable () async -> Greeting,
        events: @escaping @Sendable (LinkEvent) async throws -> Void
    ) async throws {
        for await event in self.events { try await events(event) }
    }

    func send(_ report: AgentReport) { reportDoor.yield(report) }

    func fetch(
        _ artifact: Artifact,
        to path: String,
        seeds: [String],
        progress: @escaping @Sendable (BundleProgress) -> Void
    ) async throws {
        // What a recipe brings has no bundle, and its orders ask for none.
        throw AgentError(.fileFailed, at: "bundle", "a trial has no bundles", remedy: "try a recipe")
    }

    func tellHeld(_ artifact: Artifact) async {}

    func renew(_ request: CertificateRequest) async throws -> RenewalAnswer { .refused("this is a trial") }
}
