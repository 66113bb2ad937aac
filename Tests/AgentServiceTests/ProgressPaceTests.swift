import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct ProgressPaceTests {
    private func progress(_ step: Step, of order: String = "one") throws -> OrderProgress {
        let id = try #require(OrderID(order))
        return OrderProgress(order: id, step: step, fetched_bytes: 0, links: [], at: Instant(unix_ms: 1))
    }

    @Test func `the first step is told at once, of those that follow quickly the newest, and none behind the receipt`()
        async throws
    {
        let (told, door) = AsyncStream<OrderProgress>.makeStream()
        let pace = ProgressPace { door.yield($0) }
        for step in [Step.fetch, .unpack, .switch, .start] { try pace.tell(progress(step)) }
        try pace.tell(progress(.fetch, of: "two"))
        try pace.tell(progress(.smoke, of: "two"))
        pace.end(try #require(OrderID("two")))
        var news = told.makeAsyncIterator()
        #expect(try await news.next() == progress(.fetch))
        // Steps between may be told on a machine that is slow.
        var others: [OrderProgress] = []
        while let next = await news.next(), try next != progress(.start) { others.append(next) }
        #expect(try others.contains(progress(.fetch, of: "two")))
        #expect(try !others.contains(progress(.smoke, of: "two")))
        try pace.tell(progress(.verify))
        #expect(try await news.next() == progress(.verify))
    }
}
