import EventStore
import ReleaseDecisions
import TrainModel

/// What one step of the train asks of the world, waiting for its events to be durable.
struct Act: Sendable {
    /// Durable with everything this act depends on, its own events included.
    let ticket: Ticket
    let deliveries: [Delivery]
    let acknowledgements: [(order: OrderID, host: HostKey)]
    let cuts: [(host: HostKey, reason: String)]
    /// Questions to whatever is outside the cluster, and notices to it.
    let outside: [Effect]
    /// Told once the events are durable.
    let answer: (@Sendable (Result<Void, any Error>) -> Void)?

    /// An order as it was when it was decided, and whom to send it to.
    struct Delivery: Sendable {
        let order: Order
        let hosts: [HostKey]
    }
}
