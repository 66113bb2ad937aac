import AgentLink
import Cryptography
import EventStore
import Logging
import NIOCore
import NIOPosix
import ReleaseDecisions
import ServiceLifecycle
import SignedEnvelopes
import Synchronization
import TimeAndChance
import TrainModel

/// The controller: one train of decisions, one log, and the links to the agents.
///
/// Every input goes the same way: lock; step the train; give the events their places in the log; unlock; wait until they
/// are durable; act. Acts are carried out one after another in the order of their steps, so that nothing decided later
/// overtakes anything decided earlier. When the log fails, the train is ahead of it: the controller stops and must be
/// started anew.
public final class Controller: Service, Sendable {
    /// A snapshot every so many events keeps the start short whatever the history.
    static let snapshotEvery_events: UInt64 = 2_000

    struct Loop: Sendable {
        var train: Train
        let coding = EventCoding()
        /// Sequence of the newest event folded into the train.
        var sequence: UInt64
        var snapshotSequence: UInt64
        var isSavingSnapshot = false
        /// Why no input is taken any more.
        var failure: ControllerError?
    }

    public let cluster: ClusterName
    let store: any EventStore & DocumentStore
    let bundles: BundleStore
    let copies: CopyDesk
    private let bundleRule: BundleRule
    /// Something has happened after which bundles may go.
    let bundleLooks: AsyncStream<Void>.Continuation
    private let bundleLooksDue: AsyncStream<Void>
    let keys: ControllerKeys
    let log: Logger
    let now: @Sendable () -> Instant
    let loop: Mutex<Loop>
    let changes = Changes()
    let gallery = Gallery()
    let hostKeys = HostKeyring()
    /// For orders that hosts show again.
    let orders: Verifier
    /// Greetings that claimed more than was proven, since the start.
    let unprovenClaims = Atomic(0)
    private let alarm: Alarm
    private let acts: AsyncStream<Act>
    private let actsIn: AsyncStream<Act>.Continuation
    /// Set once by `connect`, before `run`.
    private let link = Mutex<(any OrderSender)?>(nil)

    /// Set once by `connect(outside:)`, before `run`.
    private let outside = Mutex<(any OutsideWorld)?>(nil)

    /// Recovers from the store and takes the lead; nothing is sent before `run`.
    public init(
        store: any EventStore & DocumentStore,
        bundles: BundleStore,
        keys: ControllerKeys,
        log: Logger,
        bundlesAtOnce_perRegion: Int = 1,
        bundleRule: BundleRule = BundleRule(),
        now: @escaping @Sendable () -> Instant = { WallClock.now() }
    ) async throws {
        let leftovers = try bundles.tidy()
        if leftovers > 0 { log.notice("unfinished bundles removed", metadata: ["files": "\(leftovers)"]) }
        let recovery = try await Recovery.run(from: store, log: log)
        let sequence = try store.head.sequence
        log.info(
            "recovered",
            metadata: [
                "events": "\(sequence)", "replayed": "\(recovery.replayed)", "epoch": "\(recovery.state.epoch + 1)",
            ]
        )
        cluster = store.cluster
        self.store = store
        self.bundles = bundles
        self.bundleRule = bundleRule
        (bundleLooksDue, bundleLooks) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        copies = CopyDesk(RegionCopies.Limits(served_max: bundlesAtOnce_perRegion), clock: SteadyWallClock.sinceBoot)
        self.keys = keys
        orders = try Verifier([keys.orderKey.publicKey])
        self.log = log
        self.now = now
        loop = Mutex(
            Loop(
                train: Train(state: recovery.state, digest: { SHA256.digest(of: $0) }),
                sequence: sequence,
                snapshotSequence: recovery.snapshotSequence
            )
        )
        alarm = Alarm(loop: MultiThreadedEventLoopGroup.singleton.any())
        (acts, actsIn) = AsyncStream.makeStream(of: Act.self)
        submit(.leaderStarted)
    }

    /// Where orders go; once, before `run`.
    public func connect(_ sender: any OrderSender) {
        link.withLock { $0 = sender }
    }

    /// Whom to ask about what is outside the cluster; once, before `run`.
    public func connect(outside world: any OutsideWorld) {
        outside.withLock { $0 = world }
    }

    /// Carries out acts until shutdown; throws when the log has failed.
    public func run() async throws {
        await withGracefulShutdownHandler {
            // Both end with the acts.
            async let _ = lookAtBundles()
            async let _ = remindOfBundles()
            await withDiscardingTaskGroup { group in
                for await act in acts {
                    await carryOut(act)
                    guard let due = snapshotDue(after: act.ticket.head.sequence) else { continue }
                    group.addTask { await self.save(due) }
                }
            }
        } onGracefulShutdown: {
            self.stop(ControllerError(.stopping, "the controller is stopping", remedy: "Try again in a moment"))
        }
        if let failure = loop.withLock({ $0.failure }), failure.code != .stopping { throw failure }
    }

    // MARK: - Bundles

    private static let bundleLookEvery = Duration.seconds(3_600)

    private func remindOfBundles() async {
        while !Task.isCancelled {
            bundleLooks.yield()
            do { try await Task.sleep(for: Self.bundleLookEvery) } catch { return }
        }
    }

    private func lookAtBundles() async {
        for await _ in bundleLooksDue {
            do {
                try await removeBundles(by: bundleRule)
            } catch {
                // A controller that ends looks again at its next start.
                guard !Task.isCancelled else { return }
                log.warning("old bundles cannot be removed", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: - Steps

    /// Takes an input whose answer nobody waits for.
    func submit(_ input: Input) {
        _ = step(input, answer: nil)
    }

    /// Takes an input and returns its answer once everything it decided is durable.
    func answer(to input: Input) async throws -> Result<Accepted, Refusal> {
        let answered = Mutex<Result<Accepted, Refusal>?>(nil)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result = step(input) { continuation.resume(with: $0) }
            answered.withLock { $0 = result }
        }
        guard let result = answered.withLock({ $0 }) else {
            throw ControllerError(.stopping, "the input has no answer", remedy: "Report this as a bug")
        }
        return result
    }

    private func step(
        _ input: Input,
        answer: (@Sendable (Result<Void, any Error>) -> Void)?
    ) -> Result<Accepted, Refusal>? {
        let now = now()
        do {
            let (decision, wake) = try loop.withLock { loop in
                if let failure = loop.failure { throw failure }
                let decision = loop.train.handle(input, at: now)
                let wake = try enqueue(decision, from: &loop, at: now, answer: answer)
                return (decision, wake)
            }
            if let wake { alarm.set(at: wake, now: now) { [weak self] in self?.submit(.tick) } }
            changes.announce()
            return decision.answer
        } catch {
            let failure =
                error as? ControllerError ?? ControllerError(.storeFailed, "\(error)", remedy: "Start it again")
            stop(failure)
            answer?(.failure(failure))
            return nil
        }
    }

    /// Under the lock, so that acts queue in the order of their steps.
    private func enqueue(
        _ decision: Decision,
        from loop: inout sending Loop,
        at now: Instant,
        answer: (@Sendable (Result<Void, any Error>) -> Void)?
    ) throws -> Instant? {
        let drafts = try decision.events.map { try loop.coding.draft(of: $0, at: now) }
        let ticket = try store.enqueue(drafts)
        if !drafts.isEmpty { loop.sequence = ticket.head.sequence }
        var wake: Instant?
        var deliveries: [Act.Delivery] = []
        var acknowledgements: [(order: OrderID, host: HostKey)] = []
        var cuts: [(host: HostKey, reason: String)] = []
        var outside: [Effect] = []
        for effect in decision.effects {
            switch effect {
            case .deliver(let id, let release, let hosts):
                guard let order = loop.train.order(id, of: release) else { continue }
                deliveries.append(Act.Delivery(order: order, hosts: hosts))
            case .acknowledgeReceipt(let order, let host): acknowledgements.append((order, host))
            case .cutLink(let host, let reason): cuts.append((host, reason))
            case .probe, .lookForTags, .findChanges, .notify: outside.append(effect)
            case .wake(let at): wake = at
            }
        }
        guard
            !drafts.isEmpty || !deliveries.isEmpty || !acknowledgements.isEmpty || !cuts.isEmpty || !outside.isEmpty
                || answer != nil
        else { return wake }
        let act = Act(
            ticket: ticket,
            deliveries: deliveries,
            acknowledgements: acknowledgements,
            cuts: cuts,
            outside: outside,
            answer: answer
        )
        // Nobody carries out acts any more, and so nobody would answer.
        if case .terminated = actsIn.yield(act) {
            throw ControllerError(.stopping, "the controller is stopping", remedy: "Try again in a moment")
        }
        return wake
    }

    // MARK: - Acts

    private func carryOut(_ act: Act) async {
        do {
            try await act.ticket.durable()
        } catch {
            let failure = ControllerError(
                .storeFailed,
                "\(error)",
                remedy: "Mend the cause and start the controller again"
            )
            stop(failure)
            act.answer?(.failure(failure))
            return
        }
        if let link = link.withLock({ $0 }) {
            for delivery in act.deliveries { link.send(delivery.order, to: delivery.hosts) }
            for (order, host) in act.acknowledgements { link.acknowledge(order, of: host) }
            for (host, reason) in act.cuts { link.cut(host, reason: reason) }
            link.show(act.ticket.head)
        }
        if let outside = outside.withLock({ $0 }) {
            for effect in act.outside { outside.perform(effect) { [weak self] in self?.submit($0) } }
        }
        act.answer?(.success(()))
    }

    /// The state and the sequence of its newest event.
    private struct DueSnapshot {
        let state: TrainState
        let sequence: UInt64
    }

    private func snapshotDue(after durable: UInt64) -> DueSnapshot? {
        loop.withLock { loop in
            // Only when nothing newer is on its way, so that state and sequence belong together.
            guard loop.sequence == durable, !loop.isSavingSnapshot,
                durable - loop.snapshotSequence >= Self.snapshotEvery_events
            else { return nil }
            loop.isSavingSnapshot = true
            return DueSnapshot(state: loop.train.state, sequence: durable)
        }
    }

    /// Beside the acts, which do not wait for it. Snapshots spare time at the next start and prove nothing; one that
    /// fails is said and tried again later.
    private func save(_ due: DueSnapshot) async {
        do {
            let bytes = try await DiskThreads.run { try SnapshotCoding.encode(due.state) }
            try await store.saveSnapshot(bytes, at: due.sequence)
        } catch {
            log.warning("no snapshot could be saved", metadata: ["sequence": "\(due.sequence)", "error": "\(error)"])
        }
        loop.withLock { loop in
            loop.isSavingSnapshot = false
            loop.snapshotSequence = due.sequence
        }
    }

    private func stop(_ failure: ControllerError) {
        loop.withLock { if $0.failure == nil { $0.failure = failure } }
        alarm.cancel()
        actsIn.finish()
    }
}

/// The way to the agents, as narrow as the controller needs it.
public protocol OrderSender: Sendable {
    /// Seals the order once and sends the same bytes to those of `hosts` that are connected.
    func send(_ order: Order, to hosts: [HostKey])
    func acknowledge(_ receipt: OrderID, of host: HostKey)
    /// The newest durable head of the log, for the agents to remember.
    func show(_ head: ChainHead)
    /// Ends the host's sessions and bundle transfers at once.
    func cut(_ host: HostKey, reason: String)
}

/// Registries, repositories, probed addresses and channels.
public protocol OutsideWorld: Sendable {
    /// Takes an effect that concerns the outside and returns at once; `answer` is called with what came of it.
    func perform(_ effect: Effect, answer: @escaping @Sendable (Input) -> Void)
}
