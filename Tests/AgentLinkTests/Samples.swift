import Cryptography
import SignedEnvelopes
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Values that hold nothing special, for tests to change one thing of.
enum Sample {
    static let now = Instant(unix_ms: 1_800_000_000_000)

    static func name<Kind>(_ text: String) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func version(_ text: String) -> Version {
        guard let version = Version(text) else { preconditionFailure("\(text) is no version") }
        return version
    }

    static func host(_ number: Int) -> HostKey {
        HostKey(region: name("west"), host: name("host-\(number)"))
    }

    static let digest = SHA256.digest(of: Array("bundle".utf8))

    static let orderID = OrderID(
        release: name("shop-7"),
        region: name("west"),
        service: name("api"),
        generation: 3,
        batch: 1,
        attempt: 1
    )

    static let artifact = Artifact(name: name("api"), version: version("2.0.0"), digest: digest, length_bytes: 1_000)

    static var gateway: FailureRule {
        var rule = FailureRule(name: "gateway", action: .asUsual)
        rule.match.output = "BadGatewayConnection"
        rule.match.exitCode = 0
        rule.match.steps = [.install, .start]
        rule.diagnose = [
            Diagnosis(name: "recent-log", kind: .command(["tail", "-n", "50", ""])),
            Diagnosis(name: "space", kind: .command(["df"])),
        ]
        return rule
    }

    static var falseAlarm: FailureRule {
        var rule = FailureRule(name: "false-alarm", action: .verify)
        rule.match.check = "answers"
        return rule
    }

    static let order = Order(
        cluster: name("prod"),
        id: orderID,
        release: name("shop-7"),
        planDigest: digest,
        epoch: 1,
        generation: 3,
        sequence: 9,
        stage: name("production"),
        wave: name("canary"),
        region: name("west"),
        service: name("api"),
        hosts: [name("host-1"), name("host-2")],
        action: .deploy,
        artifact: artifact,
        reference: "registry.example.com/api:2.0.0",
        variables: [Variable(key: "COLOUR", value: "blue"), Variable(key: "PORT", value: "8080")],
        checks: [
            Check(
                name: "answers",
                level: .fail,
                kind: .http(HTTPCheck(url: "http://127.0.0.1:${PORT}/health", bodyContains: "ok")),
                within: .seconds(1),
                every: .seconds(1),
                limit: .seconds(30)
            ),
            Check(
                name: "listens",
                level: .warn,
                kind: .tcp(address: "127.0.0.1:8080"),
                within: .seconds(1),
                every: .seconds(1),
                limit: .seconds(30)
            ),
            Check(
                name: "script",
                level: .fail,
                kind: .command(arguments: ["./check", ""]),
                within: .seconds(1),
                every: .seconds(1),
                limit: .seconds(30)
            ),
            Check(
                name: "version",
                level: .fail,
                kind: .runningVersion,
                within: .seconds(1),
                every: .seconds(1),
                limit: .seconds(30)
            ),
        ],
        failures: [gateway, falseAlarm],
        watchEvery: .seconds(1),
        timeout: .minutes(5),
        notBefore: now,
        expires: now + .minutes(15),
        attempt: 1
    )

    static let receipt = Receipt(
        cluster: name("prod"),
        host: host(1),
        order: orderID,
        release: name("shop-7"),
        service: name("api"),
        epoch: 1,
        generation: 3,
        attempt: 1,
        orderDigest: digest,
        outcome: .returned,
        failedStep: .smoke,
        code: "smoke-failed",
        sentence: "The check answers got 500 and wanted 200.",
        running: Receipt.Running(name: name("api"), version: version("1.0.0"), digest: digest),
        steps: [Receipt.StepOutcome(step: .accept, started: now, finished: now + .seconds(1), outputTail: "begun")],
        links: ["http://example.com/logs"],
        warnings: ["slow"],
        rule: "gateway",
        findings: [Finding(name: "space", text: "none left"), Finding(name: "recent-log", text: "")],
        accepted: now,
        finished: now + .seconds(2)
    )

    static let hello = Hello(
        agentVersion: "0.1.0",
        running: [
            RunningService(
                service: name("api"),
                generation: 2,
                version: version("1.0.0"),
                digest: digest,
                order: orderID,
                health: .unhealthy
            ),
            RunningService(
                service: name("web"),
                generation: 1,
                version: version("1.0.0"),
                digest: digest,
                order: nil,
                health: .healthy
            ),
            RunningService(service: name("tip"), generation: 1, version: version("1.0.0"), digest: digest, order: nil),
        ],
        newestHead: head,
        epochHighest: 3,
        at: now,
        bundleAddress: NetworkAddress(host: "10.0.0.1", port: 7444),
        newestOrders: [envelope],
        heldBundles: [digest]
    )

    static let head = ShownHead(sequence: 4, hash: digest)

    static let welcome = Welcome(
        controllerVersion: "0.1.0",
        epoch: 1,
        head: head,
        heartbeatEvery: .seconds(5),
        at: now
    )

    static let progress = OrderProgress(
        order: orderID,
        step: .fetch,
        fetched_bytes: 17,
        links: [],
        at: now,
        text: "half way"
    )

    static let health = {
        var health = HealthSamples(
            service: name("api"),
            generation: 3,
            digest: digest,
            healthy: 9,
            unhealthy: 1,
            reason: "refused",
            from: now,
            to: now + .seconds(1)
        )
        health.blind = 2
        health.checks = [CheckSummary(check: "listens"), CheckSummary(check: "answers")]
        health.checks[1].looks = 12
        health.checks[1].failed = 1
        health.checks[1].blind = 2
        health.checks[1].slowest = .milliseconds(321)
        health.checks[1].firstFailure = "refused"
        return health
    }()

    static let refusal = OrderRefusal(order: orderID, code: "not-my-host", sentence: "Not for this host.")

    static let envelope = Envelope(
        payloadType: "application/vnd.wavetrain.receipt.v1",
        payload: [1, 2, 3],
        signatures: [Envelope.Signature(keyID: "ab", bytes: [4, 5])]
    )
}

extension BundleRequest {
    /// Of a request for the rest.
    var offset_bytes: UInt64 {
        guard case .rest(let offset_bytes) = part else { preconditionFailure("the rest was asked for") }
        return offset_bytes
    }
}
