import Logging
import ReleaseDecisions
import ServiceLifecycle
import TimeAndChance

/// Who carries out one errand: real peers, or a test's.
public protocol ErrandRunner: Sendable {
    /// Returns within the time, or a little later, with what the decisions are to hear.
    func run(_ effect: Effect, within: Interval) async -> Input?
}

/// The controller's eyes and voice: carries out what decisions ask of the outside, many at once and bounded, and hands
/// the answers back. Nothing of it outlives `run`.
public final class Errands: OutsideWorld, Service, Sendable {
    private enum News: Sendable {
        case asked(Errand)
        case ended(Errand)
    }

    private let runner: any ErrandRunner
    private let log: Logger
    private let news: AsyncStream<News>
    private let newsIn: AsyncStream<News>.Continuation

    public init(_ runner: any ErrandRunner, log: Logger) {
        self.runner = runner
        self.log = log
        (news, newsIn) = AsyncStream.makeStream(of: News.self)
    }

    public func perform(_ effect: Effect, answer: @escaping @Sendable (Input) -> Void) {
        newsIn.yield(.asked(Errand(effect: effect, answer: answer, asked: .now)))
    }

    /// Until shutdown, which ends what is under way.
    public func run() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                var queue = ErrandQueue()
                for await item in news {
                    switch item {
                    case .asked(let errand): if !queue.add(errand) { refuse(errand) }
                    case .ended(let errand): queue.end(errand)
                    }
                    for errand in queue.begin() { group.addTask { await self.carryOut(errand) } }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.newsIn.finish()
        }
    }

    private func refuse(_ errand: Errand) {
        log.warning("too much is asked of the outside", metadata: ["waiting": "\(ErrandQueue.waiting_max)"])
        errand.failed("more than \(ErrandQueue.waiting_max) questions wait already").map(errand.answer)
    }

    private func carryOut(_ errand: Errand) async {
        defer { newsIn.yield(.ended(errand)) }
        let waited_ms = Int64((ContinuousClock.now - errand.asked) / .milliseconds(1))
        let left = Interval(ms: errand.patience.ms - waited_ms)
        guard left > .zero else {
            errand.failed("its turn did not come within \(errand.patience)").map(errand.answer)
            return
        }
        let answer = await runner.run(errand.effect, within: left)
        // What was only cut short by the end of this process is no failure of anybody's.
        guard !Task.isCancelled, let answer else { return }
        note(answer)
        errand.answer(answer)
    }

    private func note(_ answer: Input) {
        switch answer {
        case .tagsUnseen(let plan, let reason, _):
            log.warning("registry not readable", metadata: ["plan": "\(plan)", "reason": "\(reason)"])
        case .changesFound(let plan, .failure(let unknown)):
            log.warning("branch not readable", metadata: ["plan": "\(plan)", "reason": "\(unknown.reason)"])
        case .noticeAnswered(let id, let failure?):
            log.warning("notice not delivered", metadata: ["notice": "\(id)", "reason": "\(failure)"])
        default: break
        }
    }
}
