import Foundation
import TimeAndChance
import TrainModel

/// What is ordered while the agent is killed or its disk fails.
enum Scenario: String, CaseIterable, Sendable {
    /// Nothing ran before.
    case firstDeployment
    case deployment
    /// Every hook may run again.
    case repeatableDeployment
    /// The new version's start hook fails: the way back.
    case badStart
    /// The new version starts, and a smoke test says no: the whole way back.
    case badSmokeTest
    case restart
    /// Hooks of the host's own, and no bundle.
    case recipe
    /// The installed agent becomes one that an order brings.
    case firstAgent
    /// An agent that an order brought becomes another one.
    case newAgent
    /// The new agent ends as soon as it starts.
    case brokenAgent
    /// The controller does not let the new agent in.
    case unwelcomeAgent

    static let ofServices = allCases.filter { !$0.isOfAgent }
    static let ofAgents = allCases.filter(\.isOfAgent)

    var isOfAgent: Bool { [.firstAgent, .newAgent, .brokenAgent, .unwelcomeAgent].contains(self) }

    var serviceName: String { isOfAgent ? "wavetrain-agent" : "cache" }

    /// What the host ran before, as the name of a kept state.
    var before: String {
        switch self {
        case .firstDeployment: "enrolled"
        case .firstAgent: "tried"
        case .newAgent, .unwelcomeAgent: "replaced"
        default: "running"
        }
    }

    /// What the order comes to when nothing goes wrong.
    var outcome: Receipt.Outcome {
        [.badStart, .badSmokeTest, .brokenAgent, .unwelcomeAgent].contains(self) ? .returned : .applied
    }

    /// The exit code of a new agent that is broken.
    static let brokenStatus: Int32 = 3

    static let repeatableHooks: Set<String> = ["drain", "stop", "install", "start", "verify"]
}

/// The versions that are deployed.
struct Wares: Sendable {
    let old: TortureBundle
    /// What cannot be deployed: of another service, and other bytes than those of its digest.
    let strange: TortureBundle
    let spoiled: TortureBundle
    private let new: [Scenario: TortureBundle]

    /// Agents are long, so only those are made that the scenarios need.
    init(agents: Set<Scenario>, in folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        old = try TortureBundle("1.0", in: folder)
        strange = try TortureBundle("2.3", of: "web", in: folder)
        spoiled = try TortureBundle("2.4", in: folder)
        try spoiled.spoil()
        let plain = try TortureBundle("2.0", in: folder)
        var new: [Scenario: TortureBundle] = [
            .firstDeployment: plain, .deployment: plain, .badSmokeTest: plain, .restart: old,
            .repeatableDeployment: try TortureBundle("2.1", repeatable: Scenario.repeatableHooks, in: folder),
            .badStart: try TortureBundle("2.2", failing: "start", in: folder),
            .brokenAgent: try .brokenAgent("0.9.1", status: Scenario.brokenStatus, in: folder),
        ]
        // This build's in all but their digests.
        if !agents.isEmpty { new[.firstAgent] = try .agent("0.8.0", in: folder) }
        if agents.contains(where: { $0.before == "replaced" }) {
            new[.newAgent] = try .agent("0.9.0", in: folder)
            new[.unwelcomeAgent] = new[.newAgent]
        }
        self.new = new
    }

    var all: [TortureBundle] {
        [old, strange, spoiled]
            + [.deployment, .repeatableDeployment, .badStart, .firstAgent, .newAgent, .brokenAgent].compactMap {
                new[$0]
            }
    }

    /// What the host ran of the scenario's service before; nil: nothing, or the installed agent.
    func old(for scenario: Scenario) -> TortureBundle? {
        switch scenario {
        case .firstDeployment, .firstAgent, .brokenAgent: nil
        case .newAgent, .unwelcomeAgent: new[.firstAgent]
        default: old
        }
    }

    /// Nil: no bundle, but a recipe's record.
    func new(for scenario: Scenario) -> TortureBundle? { new[scenario] }

    /// - Parameter bundle: another than the scenario's.
    func order(
        _ scenario: Scenario,
        of bundle: TortureBundle? = nil,
        generation: UInt64 = 9,
        to host: HostKey
    ) throws -> Order {
        let artifact = try (bundle ?? new[scenario])?.artifact ?? Self.image()
        var order = try Sample.order(artifact, of: scenario.serviceName, generation: generation, to: host)
        switch scenario {
        // As long as its trial lasts.
        case .unwelcomeAgent: order.timeout = .seconds(3)
        case .restart: order.action = .restart
        case .badSmokeTest: order.checks.append(Sample.check("never", ["/bin/false"]))
        case .recipe:
            order.recipe = try Sample.name("by-hand")
            order.reference = "registry.example.com/cache:3.0"
        default: break
        }
        return order
    }

    private static func image() throws -> Artifact {
        let bytes = [UInt8](repeating: 7, count: 32)
        guard let digest = Digest(bytes: bytes) else { throw Sample.BadName(text: "digest") }
        return Artifact(
            name: try Sample.name("cache"),
            version: try Sample.version("3.0"),
            digest: digest,
            length_bytes: 0
        )
    }
}
