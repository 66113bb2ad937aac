import Synchronization

/// What happened, for tests that wait for it: no sleeping, no polling.
final class Mailbox<Element: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let number: Int
        let matches: @Sendable (Element) -> Bool
        let continuation: CheckedContinuation<Element, any Error>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
        var nextNumber = 0
    }

    private let state = Mutex(State())

    func post(_ element: Element) {
        let waiter: Waiter? = state.withLock { state in
            if let index = state.waiters.firstIndex(where: { $0.matches(element) }) {
                return state.waiters.remove(at: index)
            }
            state.elements.append(element)
            return nil
        }
        waiter?.continuation.resume(returning: element)
    }

    /// Takes the first element that matches, and waits for it where there is none yet.
    ///
    /// - Throws: `CancellationError`, so that a test that waits in vain ends at its time limit.
    @discardableResult
    func first(where matches: @escaping @Sendable (Element) -> Bool = { _ in true }) async throws -> Element {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Element, any Error>? = state.withLock { state in
                    if let index = state.elements.firstIndex(where: matches) {
                        return .success(state.elements.remove(at: index))
                    }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(number: number, matches: matches, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// What nobody has taken.
    var rest: [Element] { state.withLock { $0.elements } }
}
