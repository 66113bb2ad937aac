import Testing
import TimeAndChance

@testable import AgentService

@Suite(.timeLimit(.minutes(1))) struct PauseTests {
    @Test func `a pause that is over already is none`() async throws {
        try await Pause.pass(.zero)
        try await Pause.pass(.hours(-1))
        try await Pause.pass(.milliseconds(1))
    }

    @Test func `a task that is cancelled before or within its pause is told at once`() async {
        for interval in [Interval.zero, .hours(1)] {
            let (begun, door) = AsyncStream<Void>.makeStream()
            let task = Task {
                door.finish()
                while interval == .zero, !Task.isCancelled { await Task.yield() }
                try await Pause.pass(interval)
            }
            for await _ in begun {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }
}
