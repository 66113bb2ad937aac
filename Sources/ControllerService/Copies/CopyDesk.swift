import AgentLink
import Synchronization
import TimeAndChance
import TrainModel

/// Lets hosts wait for what `RegionCopies` decides about them.
final class CopyDesk: Sendable {
    /// Tells what a host that asked gets.
    private typealias Teller = CheckedContinuation<RegionCopies.Answer, Never>

    private struct State {
        var copies: RegionCopies
        var nextTicket: UInt64 = 1
        var tellers: [UInt64: Teller] = [:]
        /// The earliest look that is on its way.
        var lookAt: Instant?
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> Instant

    init(_ limits: RegionCopies.Limits, clock: @escaping @Sendable () -> Instant) {
        state = Mutex(State(copies: RegionCopies(limits)))
        self.clock = clock
    }

    func linked(_ host: HostKey, at address: NetworkAddress?, has digests: [Digest]) {
        step { copies, now in copies.linked(host, at: address, has: digests, now: now) }
    }

    func unlinked(_ host: HostKey) { step { copies, now in copies.unlinked(host, now: now) } }

    func holds(_ host: HostKey, _ digest: Digest) { step { copies, now in copies.holds(host, digest, now: now) } }

    /// Returns when the host may be served, or knows where to go; cancelled, it is sent to nobody. `ended` is to be
    /// called for every ticket served.
    func ask(
        _ host: HostKey,
        _ digest: Digest,
        takesNeighbours: Bool
    ) async -> (ticket: UInt64, answer: RegionCopies.Answer) {
        let ticket = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (teller: Teller) in
                state.withLock { $0.tellers[ticket] = teller }
                step { copies, now in
                    copies.asked(ticket, host, digest, takesNeighbours: takesNeighbours, now: now)
                }
                // Cancelled before there was anybody who waited: whoever cancelled found nothing.
                if Task.isCancelled { left(ticket) }
            }
        } onCancel: {
            left(ticket)
        }
        return (ticket, answer)
    }

    private func left(_ ticket: UInt64) { step { copies, now in copies.left(ticket, now: now) } }

    func ended(_ ticket: UInt64, isSent: Bool) {
        step { copies, now in copies.ended(ticket, isSent: isSent, now: now) }
    }

    private func step(_ body: (inout RegionCopies, Instant) -> [RegionCopies.Reply]) {
        let now = clock()
        let (told, lookAt) = state.withLock { state in
            let told = body(&state.copies, now).compactMap { reply in
                state.tellers.removeValue(forKey: reply.ticket).map { ($0, reply.answer) }
            }
            return (told, Self.newLook(&state))
        }
        for (teller, answer) in told { teller.resume(returning: answer) }
        if let lookAt { Task { await look(at: lookAt, after: lookAt - now) } }
    }

    /// Nil when an earlier look comes anyway.
    private static func newLook(_ state: inout State) -> Instant? {
        guard let next = state.copies.next, state.lookAt.map({ next < $0 }) ?? true else { return nil }
        state.lookAt = next
        return next
    }

    private func look(at instant: Instant, after wait: Interval) async {
        do { try await Task.sleep(for: .milliseconds(max(1, wait.ms))) } catch { return }
        state.withLock { if $0.lookAt == instant { $0.lookAt = nil } }
        step { copies, now in copies.looked(now: now) }
    }
}
