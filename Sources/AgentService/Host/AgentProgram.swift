import AgentLink
import HostDecisions
import Logging
import NIOPosix
import ServiceLifecycle
import SignedEnvelopes
import TimeAndChance
import TrainModel

/// The agent as the program that runs: it works; or it is in trouble, tells the controller why, and works as soon as
/// somebody has mended the host. Where it cannot even tell, it ends.
struct AgentProgram: Service {
    private let source: ConfigurationSource
    private let logger: Logger
    private let group = MultiThreadedEventLoopGroup.singleton

    init(_ source: ConfigurationSource, logger: Logger) {
        self.source = source
        self.logger = logger
    }

    /// How a time in trouble ends.
    private enum Turn: Sendable {
        case mended(Agent)
        /// Something else is wrong by now.
        case changed(AgentError)
        case askedToStop
    }

    func run() async throws {
        let lock = RootLock()
        defer { lock.release() }
        var start = try await begin(lock)
        while true {
            switch start {
            // What goes wrong from here on ends the process: it begins again from what is on the disk.
            case .success(let agent): return try await agent.work()
            case .failure(let error):
                switch try await beInTrouble(error, lock) {
                case .mended(let agent): start = .success(agent)
                case .changed(let other): start = .failure(other)
                case .askedToStop: throw error
                }
            }
        }
    }

    // MARK: Working

    /// Throws what nobody can be told of; fails with what the controller can.
    private func begin(_ lock: RootLock) async throws -> Result<Agent, AgentError> {
        do {
            let configuration = try source.load()
            try lock.hold(configuration.root)
            let identity = try IdentityFiles(root: configuration.root).load()
            _ = try OwnProgram(root: configuration.root).load()
            let heads = try HeadFile(root: configuration.root)
            let kept = KeptBundles(root: configuration.root)
            let clock = HostClock()
            let lateFiles = LateFiles(logger: logger)
            let evidence = OrderEvidence(
                root: configuration.root,
                files: lateFiles,
                host: identity.host,
                orders: try Verifier(identity.orderKeys),
                logger: logger
            )
            let link = try link(configuration, identity, heads, evidence, clock)
            let agent = try Agent(
                configuration: configuration,
                identity: identity,
                link: link,
                kept: kept,
                lateFiles: lateFiles,
                logger: logger,
                clock: clock
            )
            try await agent.prepare()
            await share(configuration, identity, kept, clock, over: link)
            logger.info("agent starts", metadata: ["host": "\(identity.host.key)"])
            return .success(agent)
        } catch let error as AgentError where error.trouble != nil {
            return .failure(error)
        }
    }

    /// Sharing is a service to others: where it fails, the agent works without.
    private func share(
        _ configuration: AgentConfiguration,
        _ identity: IdentityFiles.Identity,
        _ kept: KeptBundles,
        _ clock: HostClock,
        over link: LiveControllerLink
    ) async {
        guard let share = configuration.share else { return }
        do {
            let listener = try await NeighbourListener.start(
                share,
                as: identity,
                kept,
                clock: clock.nowUnlessOff,
                group: group,
                logger: logger
            )
            link.share(listener, kept, at: share.address)
        } catch {
            logger.error("neighbours cannot fetch bundles from this host", metadata: ["reason": "\(error)"])
        }
    }

    private func link(
        _ configuration: AgentConfiguration,
        _ identity: IdentityFiles.Identity,
        _ heads: HeadFile?,
        _ evidence: OrderEvidence?,
        _ clock: HostClock
    ) throws -> LiveControllerLink {
        let address = configuration.controller ?? identity.controller
        guard let controller = NetworkAddress(address) else {
            throw AgentError(
                .badConfiguration,
                at: "controller",
                "\(address) is no host:port",
                remedy: "set it in agent.yaml"
            )
        }
        return try LiveControllerLink(
            controller: controller,
            identity: identity,
            heads: heads,
            evidence: evidence,
            clock: clock,
            agentVersion: AgentCommands.version,
            pace: TransferPace(configuration.transfer),
            group: group,
            logger: logger
        )
    }

    // MARK: In trouble

    /// Throws the error itself where the host has no identity, or another agent works here, so that nobody can be told.
    private func beInTrouble(_ error: AgentError, _ lock: RootLock) async throws -> Turn {
        // A new agent in trouble makes way for the one before it.
        guard let trouble = error.trouble, source.usable.map(AgentCommands.isOnTrial) != true else { throw error }
        let host = TroubledHost(trouble)
        let link = try troubledLink(error, lock)
        logger.error(
            "this agent takes no orders",
            metadata: ["code": "\(trouble.code)", "reason": "\(trouble.sentence)"]
        )
        return try await withThrowingTaskGroup(of: Turn?.self) { group in
            group.addTask {
                try await link.run(greeting: { host.greeting }) { event in
                    if case .order(let order) = event { link.send(.refused(host.refusal(of: order.order.value))) }
                }
                return nil
            }
            group.addTask {
                try await gracefulShutdown()
                return .askedToStop
            }
            group.addTask { try await look(error, lock) }
            defer { group.cancelAll() }
            while let turn = try await group.next() {
                if let turn { return turn }
            }
            return .askedToStop
        }
    }

    private func troubledLink(_ trouble: AgentError, _ lock: RootLock) throws -> LiveControllerLink {
        let configuration = source.lastResort()
        let identity: IdentityFiles.Identity
        do {
            try lock.hold(configuration.root)
            identity = try IdentityFiles(root: configuration.root).load()
        } catch let other as AgentError where other.code == .locked {
            throw other
        } catch {
            // Nobody can be told; what is wrong at first is still what is to be mended.
            throw trouble
        }
        return try link(configuration, identity, nil, nil, HostClock())
    }

    /// Looks every so often whether the agent can work again, or what else is wrong.
    private func look(_ error: AgentError, _ lock: RootLock) async throws -> Turn {
        while true {
            try await Task.sleep(for: .milliseconds(TroubledHost.lookEvery.ms))
            switch try await begin(lock) {
            case .success(let agent): return .mended(agent)
            case .failure(let other) where other != error: return .changed(other)
            case .failure: continue
            }
        }
    }
}
