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

    /// What the host ran before, as the name of a kept state.
    var before: String { self == .firstDeployment ? "enrolled" : "running" }

    var isFirst: Bool { self == .firstDeployment }

    /// What the order comes to when nothing goes wrong.
    var outcome: Receipt.Outcome { self == .badStart || self == .badSmokeTest ? .returned : .applied }

    static let repeatableHooks: Set<String> = ["drain", "stop", "install", "start", "verify"]
}

/// The versions that are deployed.
struct Wares: Sendable {
    let old: TortureBundle
    /// What cannot be deployed: of another service, and other bytes than those of its digest.
    let strange: TortureBundle
    let spoiled: TortureBundle
    private let new: [Scenario: TortureBundle]

    init(in folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        old = try TortureBundle("1.0", in: folder)
        strange = try TortureBundle("2.3", of: "web", in: folder)
        spoiled = try TortureBundle("2.4", in: folder)
        try spoiled.spoil()
        let plain = try TortureBundle("2.0", in: folder)
        new = [
            .firstDeployment: plain, .deployment: plain, .badSmokeTest: plain, .restart: old,
            .repeatableDeployment: try TortureBundle("2.1", repeatable: Scenario.repeatableHooks, in: folder),
            .badStart: try TortureBundle("2.2", failing: "start", in: folder),
        ]
    }

    var all: [TortureBundle] {
        [old, strange, spoiled] + [.deployment, .repeatableDeployment, .badStart].compactMap { new[$0] }
    }

    /// Nil: no bundle, but a recipe's record.
    func new(for scenario: Scenario) -> TortureBundle? { new[scenario] }

    /// - Parameter bundle: another than the scenario's.
    func order(_ scenario: Scenario, of bundle: TortureBundle? = nil, to host: HostKey) throws -> Order {
        let artifact = try (bundle ?? new[scenario])?.artifact ?? Self.image()
        var order = try Sample.order(artifact, generation: 2, to: host)
        switch scenario {
        case .restart: order.action = .restart
        case .badSmokeTest: order.checks.append(Sample.check("never", ["/bin/false"]))
        case .recipe:
            order.recipe = try Sample.name("by-hand")
            order.reference = "registry.example.com/cache:3.0"
        case .firstDeployment, .deployment, .repeatableDeployment, .badStart: break
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
