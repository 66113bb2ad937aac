/// A place in the log that has been given but need not be durable yet.
public struct Ticket: Sendable {
    /// The log's head with these records.
    public let head: ChainHead
    private let store: any EventStore

    public init(head: ChainHead, store: any EventStore) {
        self.head = head
        self.store = store
    }

    /// Returns the ticket's head as soon as it is durable.
    @discardableResult
    public func durable() async throws(EventStoreError) -> ChainHead {
        try await store.durable(through: head.sequence)
        return head
    }
}
