import AgentLink
import Bundles
import Cryptography
import HTTPCalls
import HostDecisions
import Logging
import ServiceLifecycle
import Synchronization
import TimeAndChance
import TrainModel

/// The agent: one host's decisions, carried out. Runs until it is told to stop or the disk fails.
public struct Agent: Service {
    /// From the request to stop until a step in hand is cut; what was cut is told truthfully at the next start.
    public static let stopGrace = Duration.seconds(20)

    /// What runs and what ran before: the next version is likest to these.
    private static let keptBundles_perService = 2

    private let executor = AgentExecutor()
    private let keeper: HostKeeper
    private let link: any ControllerLink
    private let moves: MoveRunner
    private let watch: HealthWatch
    private let renewal: CertificateRenewal
    private let receiptKey: PrivateKey
    private let progressPace: ProgressPace
    private let idleMemory = IdleMemory()
    private let ownProgram: OwnProgram
    private let linkUp = LinkWitness()
    private let clock: HostClock
    private let lateFiles: LateFiles
    private let logger: Logger
    /// What runs now, by ticket or service, so that an action can end it.
    private let tasks: TaskRegister

    /// Reads the identity and the journal; blocks. The root's lock must be held.
    init(
        configuration: AgentConfiguration,
        identity: IdentityFiles.Identity,
        link: any ControllerLink,
        kept: KeptBundles? = nil,
        lateFiles: LateFiles? = nil,
        logger: Logger,
        clock: HostClock = HostClock()
    ) throws {
        let lateFiles = lateFiles ?? LateFiles(logger: logger)
        let hooks = ServiceHooks(
            runner: HookRunner(root: configuration.root),
            directories: ReleaseDirectories(root: configuration.root),
            identity: identity.host,
            configuration: configuration
        )
        let checks = CheckRunner(hooks: hooks, http: HTTPClient())
        keeper = try HostKeeper(
            identity: identity.host,
            journalPath: configuration.root + "/journal",
            recipes: Set(configuration.recipes.keys),
            mayBeReplaced: configuration.mayBeReplaced,
            executor: executor,
            clock: clock,
            lateFiles: lateFiles
        )
        ownProgram = OwnProgram(root: configuration.root)
        let kept = kept ?? KeptBundles(root: configuration.root)
        moves = MoveRunner(
            link: link,
            kept: kept,
            room: DiskRoom(reserve_bytes: configuration.reserve_bytes, root: configuration.root),
            hooks: hooks,
            smokeTests: SmokeTests(checks: checks),
            lookUps: LookUps(hooks: hooks),
            ownSteps: OwnSteps(program: ownProgram, hooks: hooks, linkUp: linkUp, clock: clock.now),
            logger: logger
        )
        watch = HealthWatch(checks: checks, logger: logger)
        renewal = CertificateRenewal(
            link: link,
            identity: identity,
            files: IdentityFiles(root: configuration.root),
            clock: clock.now,
            logger: logger
        )
        tasks = TaskRegister(on: executor)
        receiptKey = identity.key
        progressPace = ProgressPace { link.send(.progress($0)) }
        self.link = link
        self.clock = clock
        self.lateFiles = lateFiles
        self.logger = logger
    }

    public func run() async throws {
        try await prepare()
        try await work()
    }

    /// What follows `prepare`.
    func work() async throws {
        try await withTaskExecutorPreference(executor) { try await workHere() }
        // Here, and not elsewhere: a cancelled task finds no thread for it, and nobody waits any more.
        lateFiles.writeNow()
    }

    private func workHere() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await untilCancelled { try await stopWhenAsked() } }
            group.addTask { try await untilCancelled { try await followLink() } }
            group.addTask { try await untilCancelled { try await renewal.run() } }
            try await keeper.give(.started)
            try await DiskThreads.run { [ownProgram] in try ownProgram.cameUp() }
            for await action in keeper.actions { carryOut(action, in: &group) }
            group.cancelAll()
        }
    }

    /// Ending with the group is no failure of the agent's. Any other error ends the actions, and with them the agent:
    /// what a child throws ends its siblings, and not the loop that started them.
    private func untilCancelled(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch is CancellationError {
        } catch {
            await keeper.close()
            throw error
        }
    }

    /// Cleans up behind the agent before, and looks at what it left. Nobody depends on this agent yet: what fails here is
    /// trouble that can be told.
    func prepare() async throws {
        if let words = try await DiskThreads.run({ [ownProgram] in try ownProgram.load().trialWords }) {
            try await keeper.give(.ownTrial(words))
        }
        let memory = await keeper.memory
        if case let torn = await keeper.torn_bytes, torn > 0 {
            logger.warning(
                "the journal's last write was torn by a crash and is cut off",
                metadata: ["bytes": "\(torn)"]
            )
        }
        let waiting = memory.artifactsInHand
        let hooks = moves.hooks
        try await DiskThreads.run {
            hooks.runner.endLeftovers()
            try hooks.directories.tidy(waitingFor: waiting)
        }
        for name in memory.serviceNames {
            // An attempt in hand puts in place what belongs there.
            guard let service = memory[name], service.attempt == nil, let current = service.current else { continue }
            guard case .failed(let flaw) = await hooks.directories.look(at: current, name) else { continue }
            try await keeper.give(.releaseFlawed(name, sentence: flaw))
        }
    }

    // MARK: Inputs

    private func followLink() async throws {
        try await link.run(greeting: { await keeper.greeting }) { event in
            switch event {
            case .up:
                try await keeper.give(.linkUp)
                linkUp.up()
                idleMemory.settle()
            case .clockRead(let reading): try await keeper.give(.clockRead(reading))
            case .down: try await keeper.give(.linkDown)
            case .order(let order): try await keeper.obey(order)
            case .receiptStored(let order): try await keeper.give(.receiptStored(order))
            }
        }
    }

    private func stopWhenAsked() async throws {
        try await gracefulShutdown()
        logger.info("stopping")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keeper.stop() }
            group.addTask { try await Task.sleep(for: Self.stopGrace) }
            do {
                try await group.next()
            } catch {
                // Who waits for a step must not wait for what was cut.
                await keeper.close()
                throw error
            }
            await keeper.close()
            group.cancelAll()
        }
    }

    // MARK: Actions

    private func carryOut(_ action: HostAction, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        switch action {
        case .journal, .compactJournal: break
        case .run(let order): run(order, in: &group)
        case .cancel(let ticket): tasks.cancel(.move(ticket))
        case .send(let message): send(message)
        case .startWatch(let watch): start(watch, in: &group)
        case .stopWatch(let service): tasks.cancel(.watch(service))
        case .wake(let instant): wake(at: instant, in: &group)
        case .prune(let service, let keep): prune(service, keep: keep, in: &group)
        }
    }

    private func run(_ order: MoveOrder, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        logger.debug("step begins", metadata: ["order": "\(order.order)", "step": "\(order.move)"])
        tasks.start(.move(order.ticket), in: &group) {
            let end = try await endOfMove(order)
            // Cut because the agent ends, not because the order did: nobody judges that result. The next start finds
            // the step open in the journal.
            if Task.isCancelled, tasks.holds(.move(order.ticket)) { return }
            log(end.result, of: order)
            try await keeper.give(.moveEnded(ticket: order.ticket, end.result, signs: end.signs))
        }
    }

    /// A move that must end the process ends the actions as well.
    private func endOfMove(_ order: MoveOrder) async throws -> MoveEnd {
        let gate = ProgressGate()
        do {
            return try await moves.run(
                order,
                fetched: { progress in
                    guard gate.opens() else { return }
                    tell(.fetched(ticket: order.ticket, bytes: progress.present_bytes, waitsFor: progress.waitsFor))
                },
                said: { tell(.said(ticket: order.ticket, $0)) }
            )
        } catch {
            await keeper.close()
            throw error
        }
    }

    private func tell(_ news: HostInput) {
        Task { try? await keeper.give(news) }  // lint: the next step meets the same failure
    }

    private func log(_ result: MoveResult, of order: MoveOrder) {
        guard case .failed(let code, let sentence) = result.verdict else { return }
        logger.warning(
            "step failed",
            metadata: ["order": "\(order.order)", "step": "\(order.move)", "code": "\(code)", "reason": "\(sentence)"]
        )
    }

    private func start(_ watched: Watch, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let subject = moves.hooks.subject(watched.service, watched.deployment, for: .watch)
        let generation = watched.deployment.generation
        tasks.start(.watch(watched.service), in: &group) {
            try await watch.run(subject) { probe in
                try await keeper.give(.probed(watched.service, generation: generation, probe))
            }
        }
    }

    private func wake(at instant: Instant, in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        tasks.cancel(.timer)
        guard instant < .distantFuture else { return }
        let wait = max(.zero, instant - clock.now())
        tasks.start(.timer, in: &group) {
            do {
                try await Pause.pass(wait)
            } catch {
                return
            }
            try await keeper.give(.timer)
        }
    }

    private func prune(
        _ service: ServiceName,
        keep: [Deployment],
        in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        let hooks = moves.hooks
        let kept = moves.kept
        group.addTask {
            do {
                let previous = try await keptReleases_count(of: service, current: keep.first)
                let waiting = await keeper.memory.artifactsInHand
                try await DiskThreads.run {
                    try hooks.directories.removeArchives(butOf: waiting, spare_count: 1)
                    try hooks.directories.prune(
                        service,
                        keep: keep.map(\.release.digest),
                        count_max: previous + 1,
                        space_bytes: hooks.configuration.space_bytes
                    )
                    try kept.prune(keep: hooks.directories.newestDigests(count_perService: Self.keptBundles_perService))
                }
            } catch  where AgentError.mustEndProcess(error) {
                await keeper.close()
                throw error
            } catch {
                // Old releases cost space and nothing else.
                logger.warning("old releases stay", metadata: ["service": "\(service)", "reason": "\(error)"])
            }
        }
    }

    /// What the host's own configuration says wins; without it, what runs does.
    private func keptReleases_count(of service: ServiceName, current: Deployment?) async throws -> Int {
        if let count = moves.hooks.configuration.keptReleases_count { return count }
        guard let current else { return BundleManifest.keptReleases_countDefault }
        return try await moves.hooks.manifest(of: moves.hooks.subject(service, current, for: .watch)).keptReleases_count
    }

    private func send(_ message: HostMessage) {
        switch message {
        case .arrived(let order, let sequence): link.send(.arrived(order, sequence: sequence))
        case .refused(let refusal):
            logger.notice("order refused", metadata: ["order": "\(refusal.order)", "reason": "\(refusal.sentence)"])
            link.send(.refused(refusal))
        case .progress(let progress): progressPace.tell(progress)
        case .samples(let samples): link.send(.health(samples))
        case .receipt(let receipt): send(receipt)
        }
    }

    private func send(_ receipt: Receipt) {
        progressPace.end(receipt.order)
        idleMemory.settle()
        logger.info("order ended", metadata: ["order": "\(receipt.order)", "outcome": "\(receipt.outcome)"])
        do {
            link.send(.receipt(receipt.order, try ReceiptCodec.seal(receipt, with: receiptKey)))
        } catch {
            logger.error("a receipt cannot be signed", metadata: ["order": "\(receipt.order)", "reason": "\(error)"])
        }
    }
}
