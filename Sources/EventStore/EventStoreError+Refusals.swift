// What a caller asked of a store that cannot be, in the same words from every store.

extension EventStoreError {
    static func notEnqueued(_ sequence: UInt64, head: ChainHead) -> EventStoreError {
        EventStoreError(
            .notEnqueued,
            "record \(sequence) was waited for, but the log goes only to record \(head.sequence)",
            place: "event log",
            remedy: "This is a mistake in the program that waits; please report it"
        )
    }

    package static func snapshotOfNothing(place: String) -> EventStoreError {
        EventStoreError(
            .invalidSnapshot,
            "a snapshot was to be saved of an empty log",
            place: place,
            remedy: "This is a mistake in the program; please report it"
        )
    }

    package static func documentTooLarge(_ count: Int, place: String) -> EventStoreError {
        EventStoreError(
            .invalidDocument,
            "a document of \(count) bytes was to be stored",
            place: place,
            remedy: "Documents have at most \(InMemoryEventStore.document_bytes_max) bytes; make it smaller"
        )
    }
}
