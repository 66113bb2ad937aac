import AgentLink
import Bundles
import Cryptography
import FoundationEssentials
import Glibc
import HostDecisions
import SignedEnvelopes
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// A service of shell hooks: a process that sleeps, and a file that says which version it is.
struct TestBundle {
    let artifact: Artifact
    let archive: String

    /// - Parameter hooks: scripts in the place of the usual ones; empty: the bundle has no such hook.
    init(_ version: String, in folder: TemporaryFolder, repeatable: Bool = false, hooks: [String: String] = [:]) throws
    {
        var scripts = [
            "drain": "echo drain >> $WAVETRAIN_HOST_VAR_STATE/log",
            "stop": "kill $(cat $WAVETRAIN_HOST_VAR_STATE/pid); rm $WAVETRAIN_HOST_VAR_STATE/running",
            "install": "env | sort > $WAVETRAIN_HOST_VAR_STATE/environment",
            "start": """
            setsid sleep 1000 </dev/null >/dev/null 2>&1 &
            echo $! > $WAVETRAIN_HOST_VAR_STATE/pid
            echo $WAVETRAIN_VERSION > $WAVETRAIN_HOST_VAR_STATE/running
            echo wavetrain:link https://example.com/$WAVETRAIN_VERSION
            """,
            "verify": "echo wavetrain:version $(cat $WAVETRAIN_HOST_VAR_STATE/running)",
        ]
        scripts.merge(hooks) { $1 }
        let source = "source-\(version)"
        var manifest = "wavetrain: 1\nservice: cache\nhooks:\n"
        for (name, script) in scripts.sorted(by: { $0.key < $1.key }) where !script.isEmpty {
            let log = "echo \(name)-$WAVETRAIN_VERSION >> $WAVETRAIN_HOST_VAR_STATE/log\n"
            try folder.write("\(source)/bin/\(name)", "#!/bin/sh\nset -e\n\(log)\(script)\n", mode: 0o755)
            manifest += "  \(name): { run: bin/\(name), timeout: 20s, repeatable: \(repeatable) }\n"
        }
        try folder.write("\(source)/wavetrain.yaml", manifest)
        archive = "\(folder.path)/\(version).bundle"
        let packed = try BundlePacker.pack(folder: "\(folder.path)/\(source)", to: archive)
        artifact = Artifact(
            name: try #require(ArtifactName("cache")),
            version: try #require(Version(version)),
            digest: packed.digest,
            length_bytes: UInt64(packed.length_bytes)
        )
    }
}

/// The controller's side of a link without a network: orders go in sealed and are opened as the agent opens them.
final class TestLink: ControllerLink {
    private let archives: [Digest: String]
    private let key: PrivateKey
    private let events: AsyncStream<LinkEvent>
    private let door: AsyncStream<LinkEvent>.Continuation
    private let reports = Mutex<[AgentReport]>([])
    private let lostFetches: Mutex<Int>
    private let isCut = Mutex(false)

    /// - Parameter lostFetches_count: of so many fetches a power cut takes the second half.
    init(_ bundles: [TestBundle], lostFetches_count: Int = 0) throws {
        lostFetches = Mutex(lostFetches_count)
        archives = Dictionary(bundles.map { ($0.artifact.digest, $0.archive) }) { $1 }
        key = try PrivateKey.generate(.ed25519)
        (events, door) = AsyncStream.makeStream()
        door.yield(.up)
        read(ClockReading(ahead: .zero, error: .zero))
    }

    func order(_ order: Order) throws {
        let sealed = try OrderCodec.seal(order, with: key)
        door.yield(.order(try OrderCodec.open(sealed.envelope, with: Verifier([key.publicKey]))))
    }

    func run(
        greeting: @escaping @Sendable () async -> Greeting,
        events: @escaping @Sendable (LinkEvent) async throws -> Void
    ) async throws {
        for await event in self.events { try await events(event) }
    }

    /// As the real one: what is said to nobody is lost.
    func send(_ report: AgentReport) {
        guard !isCut.withLock({ $0 }) else { return }
        reports.withLock { $0.append(report) }
    }

    /// The controller is gone.
    func cut() {
        isCut.withLock { $0 = true }
        door.yield(.down)
    }

    func mend() {
        isCut.withLock { $0 = false }
        door.yield(.up)
        read(ClockReading(ahead: .zero, error: .zero))
    }

    func store(_ order: OrderID) { door.yield(.receiptStored(order)) }

    func read(_ clock: ClockReading) { door.yield(.clockRead(clock)) }

    var refusals: [OrderRefusal] {
        reports.withLock { $0.compactMap { if case .refused(let refusal) = $0 { refusal } else { nil } } }
    }

    /// How often the receipt of an order has come.
    func receipts_count(of order: OrderID) -> Int {
        reports.withLock { $0.count { if case .receipt(order, _) = $0 { true } else { false } } }
    }

    func fetch(
        _ artifact: Artifact,
        to path: String,
        seeds: [String],
        progress: @escaping @Sendable (BundleProgress) -> Void
    ) async throws {
        guard let archive = archives[artifact.digest] else {
            throw AgentError(.fileFailed, at: "bundle", "the controller has no such bundle", remedy: "push it")
        }
        let bytes = try Files.read(archive, bytes_max: 1 << 26) ?? []
        let isLost = lostFetches.withLock { left in
            defer { left = max(0, left - 1) }
            return left > 0
        }
        try Files.replace(path, with: isLost ? Array(bytes.prefix(bytes.count / 2)) : bytes)
        progress(BundleProgress(present_bytes: UInt64(bytes.count)))
    }

    func tellHeld(_ artifact: Artifact) async {}

    func renew(_ request: CertificateRequest) async throws -> RenewalAnswer { .refused("not here") }

    var samples: [HealthSamples] {
        reports.withLock { $0.compactMap { if case .health(let samples) = $0 { samples } else { nil } } }
    }

    /// Waits for the receipt of an order, and verifies the host's signature.
    func receipt(of order: OrderID, by key: PrivateKey) async throws -> Receipt {
        while true {
            if let receipt = try receiptNow(of: order, by: key) { return receipt }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Nil: it has not come.
    func receiptNow(of order: OrderID, by key: PrivateKey) throws -> Receipt? {
        let envelope = reports.withLock { reports in
            reports.compactMap {
                if case .receipt(order, let envelope) = $0 { envelope } else { nil }
            }.first
        }
        return try envelope.map { try ReceiptCodec.open($0, with: Verifier([key.publicKey])).value }
    }
}
