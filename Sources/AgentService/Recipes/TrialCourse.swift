import AgentLink
import Bundles
import Cryptography
import HostDecisions
import Logging
import TimeAndChance
import TrainModel

/// Where a trial takes place: one host with one service, and the orders that it may get.
struct TrialCourse: Sendable {
    let wishes: RecipeTrialWishes
    let manifest: BundleManifest
    let service: ServiceName
    let recipe: TrialRecipe
    let identity: IdentityFiles.Identity
    let configuration: AgentConfiguration
    private let name: RecipeName

    init(_ wishes: RecipeTrialWishes, recipe name: RecipeName, _ manifest: BundleManifest, root: String) throws {
        self.wishes = wishes
        self.manifest = manifest
        self.name = name
        service = wishes.service ?? manifest.service
        recipe = try TrialRecipe(copying: wishes.folder, to: "\(root)/recipe/\(name)")
        identity = IdentityFiles.Identity(
            host: try HostIdentity(cluster: Self.trial(), key: HostKey(region: Self.trial(), host: Self.trial())),
            key: try PrivateKey.generate(.ed25519),
            certificateChainPEM: "",
            authorityPEM: "",
            orderKeys: [],
            controller: "",
            // Far from being renewed.
            validity: try .starting(now_unix_s: WallClock.now().unix_ms / 1_000, lifetime_s: 365 * 86_400)
        )
        var configuration = AgentConfiguration()
        configuration.root = "\(root)/host"
        configuration.variables = wishes.hostVariables
        configuration.recipes = [name: recipe.folder]
        self.configuration = configuration
        try Files.makeFolder(configuration.root)
    }

    func run() async throws -> [ReportLine] {
        let link = try TrialLink(hostKey: identity.key)
        let quiet = Logger(label: "recipe-test") { _ in SwiftLogNoOpLogHandler() }
        let agent = try Agent(configuration: configuration, identity: identity, link: link, logger: quiet)
        return try await withThrowingTaskGroup(of: [ReportLine]?.self) { group in
            group.addTask {
                do { try await agent.run() } catch is CancellationError {}
                return nil
            }
            group.addTask {
                var walk = TrialWalk(self, link)
                try await walk.go()
                return walk.lines
            }
            defer { group.cancelAll() }
            while let lines = try await group.next() {
                if let lines { return lines }
            }
            throw CancellationError()
        }
    }

    // MARK: What is asked for

    /// Everything of a trial is called so.
    private static func trial<Kind>() throws(AgentError) -> Name<Kind> {
        guard let name = Name<Kind>("trial") else {
            throw AgentError(.badConfiguration, at: "trial", NameRule.sentence, remedy: "report it")
        }
        return name
    }

    func order(_ action: Order.Action, _ wanted: TrialArtifact, generation: UInt64) throws -> Order {
        let now = WallClock.now()
        let release: ReleaseID = try Self.trial()
        let host = identity.host
        let artifact = try artifact(wanted)
        return Order(
            cluster: host.cluster,
            id: OrderID(
                release: release,
                region: host.key.region,
                service: service,
                generation: generation,
                batch: 1,
                attempt: 1
            ),
            release: release,
            planDigest: artifact.digest,
            epoch: 1,
            generation: generation,
            sequence: generation,
            stage: try Self.trial(),
            wave: try Self.trial(),
            region: host.key.region,
            service: service,
            hosts: [host.key.host],
            action: action,
            artifact: artifact,
            reference: wanted.reference,
            recipe: name,
            variables: variables,
            checks: checks,
            watchEvery: .milliseconds(500),
            timeout: wishes.timeout,
            notBefore: now - .seconds(1),
            expires: now + .minutes(10),
            attempt: 1
        )
    }

    func deployment(_ wanted: TrialArtifact, _ order: Order) throws -> Deployment {
        Deployment(
            order: order.id,
            generation: order.generation,
            artifact: try artifact(wanted),
            recipe: Deployment.Recipe(name: name, reference: wanted.reference),
            variables: variables,
            checks: checks,
            watchEvery: order.watchEvery
        )
    }

    private func artifact(_ wanted: TrialArtifact) throws -> Artifact {
        Artifact(name: try Self.trial(), version: wanted.version, digest: wanted.digest, length_bytes: 0)
    }

    private var variables: [Variable] {
        wishes.variables.sorted { $0.key < $1.key }.map { Variable(key: $0.key, value: $0.value) }
    }

    private var checks: [Check] {
        [
            Check(
                name: "version",
                level: .fail,
                kind: .runningVersion,
                within: manifest.hooks[.verify]?.timeout ?? .minutes(1),
                every: .milliseconds(500),
                limit: wishes.timeout
            )
        ]
    }
}
