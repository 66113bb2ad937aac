import Logging
import ReleaseDecisions
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import ControllerService

@Suite(.timeLimit(.minutes(1))) struct ErrandTests {
    private func notice(_ id: UInt64, _ channel: String) -> Effect {
        .notify(
            Notice(
                id: id,
                kind: .started,
                release: nil,
                subject: "shop",
                channel: channel,
                sentence: "",
                at: Instant(unix_ms: 0)
            )
        )
    }

    private func probe(_ index: Int) throws -> Effect {
        let key = ProbeKey.comparison(
            try #require(ReleaseID("shop-1")),
            try #require(RegionName("canary")),
            name: "\(index)",
            isErrors: true
        )
        return .probe(key, .http(url: "http://127.0.0.1/"), timeout: .seconds(10))
    }

    private func errand(_ effect: Effect) -> Errand { Errand(effect: effect, answer: { _ in }, asked: .now) }

    private func add(_ effect: Effect, to queue: inout ErrandQueue) {
        let isTaken = queue.add(errand(effect))
        #expect(isTaken)
    }

    // MARK: - Which come when

    @Test func `one channel's notices go one after another, in the order told, beside those of others`() {
        var queue = ErrandQueue()
        for (id, channel) in [(1, "a"), (2, "a"), (3, "b"), (4, "a")] as [(UInt64, String)] {
            add(notice(id, channel), to: &queue)
        }
        let first = queue.begin()
        #expect(first.map(\.effect) == [notice(1, "a"), notice(3, "b")])
        let none = queue.begin()
        #expect(none.isEmpty)
        queue.end(first[0])
        let second = queue.begin()
        #expect(second.map(\.effect) == [notice(2, "a")])
    }

    @Test func `no more probes are under way than there is room for, and each begins once`() throws {
        var queue = ErrandQueue()
        for index in 0..<100 { add(try probe(index), to: &queue) }
        var underWay = queue.begin()
        var begun = underWay.map(\.effect)
        #expect(underWay.count == 32)
        while let errand = underWay.popLast() {
            queue.end(errand)
            let next = queue.begin()
            #expect(next.count <= 1)
            underWay += next
            begun += next.map(\.effect)
            #expect(underWay.count <= 32)
        }
        #expect(begun.count == 100 && Set(begun).count == 100)
    }

    @Test func `dead channels hold up no probe`() throws {
        var queue = ErrandQueue()
        for id in 0..<500 { add(notice(UInt64(id), "channel \(id)"), to: &queue) }
        let notices = queue.begin()
        #expect(notices.count == 16)
        add(try probe(1), to: &queue)
        let begun = queue.begin()
        #expect(try begun.map(\.effect) == [probe(1)])
    }

    @Test func `what is too much is not kept`() throws {
        var queue = ErrandQueue()
        for _ in 0..<ErrandQueue.waiting_max { add(notice(1, "a"), to: &queue) }
        let isTaken = queue.add(errand(notice(1, "a")))
        #expect(!isTaken)
    }

    // MARK: - Carrying out

    /// Answers when it is told to; counts who is being answered.
    private final class Runner: ErrandRunner {
        let began = Mutex(0)
        let ended = Mutex(0)
        let isOpen: Bool

        init(isOpen: Bool) { self.isOpen = isOpen }

        func run(_ effect: Effect, within: Interval) async -> Input? {
            began.withLock { $0 += 1 }
            defer { ended.withLock { $0 += 1 } }
            if !isOpen {
                do { try await Task.sleep(for: .seconds(3_600)) } catch { return .tick }
            }
            guard case .notify(let notice) = effect else { return nil }
            return .noticeAnswered(notice.id, failure: nil)
        }
    }

    @Test func `every errand gets its answer`() async {
        let errands = Errands(Runner(isOpen: true), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (answers, answersIn) = AsyncStream.makeStream(of: UInt64.self)
        for id in 0..<200 {
            errands.perform(notice(UInt64(id), "channel \(id % 7)")) { input in
                if case .noticeAnswered(let id, failure: nil) = input { answersIn.yield(id) }
            }
        }
        let service = Task { await errands.run() }
        var heard: Set<UInt64> = []
        for await id in answers {
            heard.insert(id)
            if heard.count == 200 { break }
        }
        #expect(heard.count == 200)
        service.cancel()
        await service.value
    }

    @Test func `nothing outlives the end, and what it cut short is nobody's failure`() async throws {
        let runner = Runner(isOpen: false)
        let errands = Errands(runner, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let answered = Mutex(0)
        for id in 0..<40 {
            errands.perform(notice(UInt64(id), "channel \(id)")) { _ in answered.withLock { $0 += 1 } }
        }
        let service = Task { await errands.run() }
        try await until { runner.began.withLock { $0 } >= 16 }
        service.cancel()
        await service.value
        #expect(runner.began.withLock { $0 } == runner.ended.withLock { $0 })
        #expect(answered.withLock { $0 } == 0)
    }

    @Test func `an errand whose time is over before its turn comes fails without being run`() async {
        let runner = Runner(isOpen: true)
        let errands = Errands(runner, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (answers, answersIn) = AsyncStream.makeStream(of: Input.self)
        guard case .probe(let key, let kind, _, _)? = try? probe(1) else { return }
        errands.perform(.probe(key, kind, timeout: .zero)) { answersIn.yield($0) }
        let service = Task { await errands.run() }
        for await answer in answers {
            guard case .probed(_, let probed) = answer else { continue }
            #expect(probed.failure == "its turn did not come within 0s")
            break
        }
        #expect(runner.began.withLock { $0 } == 0)
        service.cancel()
        await service.value
    }
}
