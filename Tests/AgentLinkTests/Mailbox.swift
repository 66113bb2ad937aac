import Synchronization

/// What happened, for tests that wait for it: no sleeping, no polling.
final class Mailbox<Element: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let matches: @Sendable (Element) -> Bool
        let continuation: CheckedContinuation<Element, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
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
    @discardableResult
    func first(where matches: @escaping @Sendable (Element) -> Bool = { _ in true }) async -> Element {
        await withCheckedContinuation { continuation in
            let element: Element? = state.withLock { state in
                if let index = state.elements.firstIndex(where: matches) { return state.elements.remove(at: index) }
                state.waiters.append(Waiter(matches: matches, continuation: continuation))
                return nil
            }
            if let element { continuation.resume(returning: element) }
        }
    }

    /// What nobody has taken.
    var rest: [Element] { state.withLock { $0.elements } }
}
