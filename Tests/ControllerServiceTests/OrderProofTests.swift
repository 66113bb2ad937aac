import Cryptography
import EventStore
import OrderedCollections
import ReleaseDecisions
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink
@testable import ControllerService

/// Hosts that say to have obeyed more than this controller's log knows.
@Suite(.timeLimit(.minutes(10))) struct OrderProofTests {
    private let rig: Rig
    private let host: HostKey
    private let service: ServiceName

    init() async throws {
        rig = try await Rig()
        host = HostKey(region: try #require(RegionName("canary")), host: try #require(HostName("h1")))
        service = try #require(ServiceName("web"))
    }

    private func order(
        epoch: UInt64,
        generation: UInt64,
        cluster: String = "test",
        region: String = "canary",
        hosts: [String] = ["h1"]
    ) throws -> Order {
        let release = try #require(ReleaseID("shop-1"))
        let region = try #require(RegionName(region))
        return Order(
            cluster: try #require(ClusterName(cluster)),
            id: OrderID(
                release: release,
                region: region,
                service: service,
                generation: generation,
                batch: 1,
                attempt: 1
            ),
            release: release,
            planDigest: SHA256.digest(of: [1]),
            epoch: epoch,
            generation: generation,
            sequence: generation,
            stage: try #require(StageName("production")),
            wave: try #require(WaveName("one")),
            region: region,
            service: service,
            hosts: try hosts.map { try #require(HostName($0)) },
            action: .deploy,
            artifact: Artifact(
                name: try #require(ArtifactName("web")),
                version: try #require(Version("1")),
                digest: SHA256.digest(of: [2]),
                length_bytes: 1
            ),
            variables: [],
            checks: [],
            watchEvery: .seconds(1),
            timeout: .minutes(5),
            notBefore: rig.controller.now(),
            expires: rig.controller.now() + .minutes(5),
            attempt: 1
        )
    }

    /// - Parameters:
    ///   - shown: the orders that the host has in its hands.
    ///   - key: that they are signed with; nil: the controller's.
    private func greet(
        epoch: UInt64,
        generation: UInt64,
        showing shown: [Order],
        signedBy key: PrivateKey? = nil
    ) async throws -> TrainState {
        let controller = rig.controller
        let certificate = try controller.keys.agentCertificate(
            for: PrivateKey.generate(.p256).publicKey,
            host: host,
            cluster: controller.cluster,
            now: controller.now()
        )
        let hello = Hello(
            agentVersion: "1",
            running: [
                RunningService(
                    service: service,
                    generation: generation,
                    version: try #require(Version("1")),
                    digest: SHA256.digest(of: [2]),
                    order: nil,
                    newestGeneration: generation
                )
            ],
            newestHead: nil,
            epochHighest: epoch,
            at: controller.now(),
            newestOrders: try shown.map { try OrderCodec.seal($0, with: key ?? controller.keys.orderKey).envelope }
        )
        let identity = try AgentIdentity(certificateDER: certificate.der, cluster: controller.cluster)
        _ = controller.sessionOpened(identity, hello: hello)
        return try controller.look().train.state
    }

    private var unproven: Int { rig.controller.unprovenClaims.load(ordering: .relaxed) }

    private func generation(_ state: TrainState) -> UInt64 {
        state.generationsTaken[TargetKey(region: host.region, service: service)] ?? 0
    }

    @Test func `a host's word for an epoch or a generation changes nothing, is counted, and stops no release`()
        async throws
    {
        for claim in 1...10 as ClosedRange<UInt64> {
            let state = try await greet(epoch: claim * 100, generation: claim * 100, showing: [])
            #expect(state.epoch == 1)
            #expect(generation(state) == 0)
            #expect(state.schedule.alarms.isEmpty)
        }
        #expect(unproven == 10)
    }

    @Test func `orders that somebody else signed, or that are for somebody else, prove nothing`() async throws {
        let stranger = try PrivateKey.generate(.ed25519)
        _ = try await greet(epoch: 9, generation: 9, showing: [order(epoch: 9, generation: 9)], signedBy: stranger)
        for other in [
            try order(epoch: 9, generation: 9, cluster: "other"),
            try order(epoch: 9, generation: 9, region: "elsewhere"),
            try order(epoch: 9, generation: 9, hosts: ["h2", "h3"]),
        ] {
            let state = try await greet(epoch: 9, generation: 9, showing: [other])
            #expect(state.epoch == 1)
            #expect(generation(state) == 0)
            #expect(state.schedule.alarms.isEmpty)
        }
        #expect(unproven == 4)
    }

    @Test func `what signed orders prove is believed, once`() async throws {
        let shown = [try order(epoch: 7, generation: 3), try order(epoch: 4, generation: 5)]
        let state = try await greet(epoch: 7, generation: 5, showing: shown)
        #expect(state.epoch == 8)
        #expect(generation(state) == 5)
        #expect(state.schedule.alarms.keys.map(\.kind) == [.logOutrun])
        #expect(unproven == 0)
        // The same proof proves no more.
        let sequence = try rig.enqueuedEvents()
        #expect(try await greet(epoch: 7, generation: 5, showing: shown).epoch == 8)
        #expect(try rig.enqueuedEvents() == sequence)
    }

    @Test func `of a claim beyond its proof the proven part is believed`() async throws {
        let state = try await greet(epoch: 100, generation: 100, showing: [order(epoch: 7, generation: 3)])
        #expect(state.epoch == 8)
        #expect(generation(state) == 3)
        #expect(unproven == 1)
    }

    @Test func `a host that claims less than it shows is not believed to have obeyed that`() async throws {
        let state = try await greet(epoch: 3, generation: 2, showing: [order(epoch: 7, generation: 5)])
        #expect(state.epoch == 4)
        #expect(generation(state) == 2)
        #expect(unproven == 0)
    }
}
