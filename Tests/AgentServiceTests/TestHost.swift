import AgentLink
import Cryptography
import Glibc
import HostDecisions
import Logging
import SignedEnvelopes
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// The host `westus3/host-1` on a disk of its own, with agents that come and go.
struct TestHost: Sendable {
    let folder: TemporaryFolder
    let key: PrivateKey
    /// What stays free on its disk.
    var reserve_bytes = DiskRoom.reserveDefault_bytes

    init() throws {
        folder = try TemporaryFolder()
        key = try PrivateKey.generate(.ed25519)
        try Files.makeFolder(folder.path + "/state")
    }

    /// What hooks get as `WAVETRAIN_HOST_VAR_STATE`.
    var state: String { folder.path + "/state" }

    func agent(_ link: TestLink, recipes: [String: String] = [:], variables: [String: String] = [:]) throws -> Agent {
        var configuration = AgentConfiguration()
        configuration.root = folder.path + "/root"
        configuration.reserve_bytes = reserve_bytes
        configuration.variables = variables.merging(["state": state]) { $1 }
        for (name, folder) in recipes { configuration.recipes[try #require(RecipeName(name))] = folder }
        try Files.makeFolder(configuration.root)
        let identity = IdentityFiles.Identity(
            host: HostIdentity(
                cluster: try #require(ClusterName("demo")),
                key: HostKey(region: try #require(RegionName("westus3")), host: try #require(HostName("host-1")))
            ),
            key: key,
            certificateChainPEM: "",
            authorityPEM: "",
            orderKeys: [],
            controller: "",
            validity: try Validity.starting(now_unix_s: WallClock.now().unix_ms / 1_000, lifetime_s: 86_400)
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try Agent(configuration: configuration, identity: identity, link: link, logger: logger)
    }

    /// Runs an agent for as long as the body takes, then kills it, and whatever the hooks left running.
    func withAgent<Value: Sendable>(
        _ link: TestLink,
        recipes: [String: String] = [:],
        variables: [String: String] = [:],
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let agent = try agent(link, recipes: recipes, variables: variables)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                do { try await agent.run() } catch is CancellationError {}
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// Gives the orders one after another, each when the one before has ended.
    func receipts(
        for orders: [Order],
        _ link: TestLink,
        recipes: [String: String] = [:],
        variables: [String: String] = [:]
    ) async throws -> [Receipt] {
        try await withAgent(link, recipes: recipes, variables: variables) { [key] in
            var receipts: [Receipt] = []
            for order in orders {
                try link.order(order)
                receipts.append(try await link.receipt(of: order.id, by: key))
            }
            return receipts
        }
    }

    func killService() throws {
        if let pid = try folder.read("state/pid").flatMap({ pid_t($0.filter(\.isNumber)) }) { _ = kill(pid, SIGKILL) }
    }

    /// Waits until a hook has begun; throws when its order ended without it.
    func begins(_ hook: String, of order: Order, _ link: TestLink) async throws {
        while try !log().contains(hook) {
            let receipt = try link.receiptNow(of: order.id, by: key)
            try #require(receipt == nil, "\(hook) never began: \(receipt?.sentence ?? "")")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func log() throws -> [String] {
        try folder.read("state/log")?.split(separator: "\n").map(String.init) ?? []
    }
}
