import AgentService
import Foundation
import Glibc
import HostDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

/// What may be wrong on a host: one clear error, the host keeps running what it ran, and the controller is told.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BadInputTests {
    /// Something that is broken on the host, and what becomes of the agent.
    struct Flaw: Sendable, CustomTestStringConvertible {
        enum End: Equatable, Sendable {
            /// The agent stays, takes no orders, and says this.
            case told(String)
            /// Nobody can be told, or another agent is there.
            case exits(Int32)
        }

        let testDescription: String
        let end: End
        var fault: Fault?
        var breaking: @Sendable (TortureHost) throws -> Void = { _ in }
    }

    private static let flaws: [Flaw] = [
        Flaw(testDescription: "a key of agent.yaml is misspelt", end: .told("bad-configuration")) {
            try $0.addToConfiguration("recipies: {}")
        },
        Flaw(testDescription: "agent.yaml is no YAML", end: .told("bad-configuration")) {
            try $0.addToConfiguration("}{")
        },
        Flaw(testDescription: "agent.yaml may be written by everybody", end: .told("bad-configuration")) {
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: $0.configurationPath)
        },
        Flaw(testDescription: "the journal's first byte is wrong", end: .told("damaged-journal")) {
            try $0.change("journal") { $0[0] ^= 1 }
        },
        Flaw(testDescription: "the journal is cut in its first frame", end: .told("damaged-journal")) {
            try $0.change("journal") { $0 = $0.prefix(40) }
        },
        Flaw(testDescription: "the journal is a folder", end: .told("file-failed")) {
            try $0.replaceByFolder("journal")
        },
        Flaw(testDescription: "the journal is gone", end: .told("damaged-journal")) { try $0.remove("journal") },
        Flaw(testDescription: "the folder of bundles is a file", end: .told("file-failed")) {
            try $0.remove("bundles")
            try $0.write("bundles", "")
        },
        Flaw(testDescription: "the newest head that was seen is garbage", end: .told("file-failed")) {
            try $0.write("newest-head", "garbage")
        },
        Flaw(testDescription: "agent-program is garbage", end: .told("file-failed")) {
            try $0.write("agent-program", "garbage")
        },
        Flaw(testDescription: "agent-program is empty", end: .told("file-failed")) {
            try $0.write("agent-program", "")
        },
        Flaw(testDescription: "agent-program is cut", end: .told("file-failed")) {
            try $0.change("agent-program") { $0 = $0.prefix($0.count - 2) }
        },
        Flaw(testDescription: "agent-program cannot be read", end: .told("file-failed")) {
            try $0.replaceByFolder("agent-program")
        },
        Flaw(
            testDescription: "the root cannot be written to",
            end: .told("no-permission"),
            fault: Fault(action: "EROFS", calls: Fault.disk, at: 1, stays: true)
        ),
        Flaw(
            testDescription: "the disk is full",
            end: .told("disk-full"),
            fault: Fault(action: "ENOSPC", calls: "write", at: 1, stays: true)
        ),
        Flaw(
            testDescription: "the disk does not take what is flushed",
            end: .told("flush-failed"),
            fault: Fault(action: "EIO", calls: "flush", at: 1, stays: true)
        ),
        Flaw(testDescription: "agent.yaml is somebody else's", end: .told("bad-configuration")) {
            // Only root can give a file away; nobody else can be given one.
            if geteuid() == 0 {
                try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: $0.configurationPath)
            } else {
                try $0.addToConfiguration("keep: none")
            }
        },
        Flaw(testDescription: "the keys of orders are garbage", end: .exits(78)) {
            try $0.write("identity/order-keys.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
        },
        Flaw(testDescription: "there is no certificate", end: .exits(78)) { try $0.remove("identity/certificate.pem") },
        Flaw(testDescription: "the key is garbage", end: .exits(78)) { try $0.write("identity/host.key", "garbage") },
        Flaw(testDescription: "the authority is garbage", end: .exits(78)) {
            try $0.write("identity/authority.pem", "garbage")
        },
    ]

    private func withHost(_ body: (Torture) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("flaws-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let siege = try await Siege(hosts_count: 1, in: folder)
        do {
            try await body(siege.tortures[0])
        } catch {
            await siege.end()
            throw error
        }
        await siege.end()
    }

    @Test func `whatever is wrong is told or ends the agent with its code, and what ran goes on`() async throws {
        try await withHost { torture in
            let host = torture.host
            let configuration = try host.configuration()
            for flaw in Self.flaws {
                host.end()
                try host.restore("running")
                try host.setConfiguration(configuration)
                try flaw.breaking(host)
                let order = try torture.wares.order(.deployment, to: host.key)
                let end = try await torture.end(of: order, flaw.fault)
                #expect(end == flaw.end, "\(flaw.testDescription)")
                #expect(host.serviceVersion() == "1.0", "\(flaw.testDescription)")
                #expect(try host.current() == torture.wares.old.tree, "\(flaw.testDescription)")
                #expect(try host.hookRuns().allSatisfy { $0.hasSuffix(" 1.0") }, "\(flaw.testDescription)")
            }
            // Mended, it takes the order.
            host.end()
            try host.restore("running")
            try host.setConfiguration(configuration)
            #expect(try await torture.run(.deployment, []) == false)
            #expect(torture.tally.counts.losses == [])
        }
    }

    @Test func `an agent in trouble works again by itself once the host is mended`() async throws {
        try await withHost { torture in
            let host = torture.host
            let configuration = try host.configuration()
            try host.restore("running")
            try host.addToConfiguration("recipies: {}")
            let order = try torture.wares.order(.deployment, to: host.key)
            #expect(try await torture.end(of: order, nil) == .told("bad-configuration"))
            try host.setConfiguration(configuration)
            var run = try Run(torture, .deployment, order, [])
            #expect(try await run.answerOfRunningAgent()?.outcome == .applied)
            host.end()
        }
    }

    /// Orders that this host cannot carry out, as the host is or as they are.
    private struct Unusable: Sendable {
        let name: String
        var scenario = Scenario.recipe
        var bundle: (@Sendable (Wares) -> TortureBundle)?
        let code: String
        var breaking: @Sendable (TortureHost) throws -> Void = { _ in }
    }

    private static let unusable: [Unusable] = [
        Unusable(name: "the recipe's manifest is no YAML", code: "recipe-unusable") {
            try $0.write("../recipe/wavetrain.yaml", "}{")
        },
        Unusable(name: "the recipe is another's", code: "recipe-unusable") {
            try TortureBundle.write(to: URL(fileURLWithPath: $0.root + "/../recipe"), service: "by-foot")
        },
        Unusable(name: "everybody may write a hook of the recipe", code: "recipe-unusable") {
            try $0.setMode("../recipe/bin/start", 0o777)
        },
        Unusable(name: "a hook of the recipe is somebody else's", code: "recipe-unusable") {
            // Only root can give a file away; nobody else can be given one.
            if geteuid() == 0 { try $0.giveAway("../recipe/bin/start") } else { try $0.setMode("../recipe/bin", 0o777) }
        },
        Unusable(name: "the recipe is gone", code: "recipe-unusable") { try $0.remove("../recipe") },
        Unusable(
            name: "the bundle is of another service",
            scenario: .deployment,
            bundle: { $0.strange },
            code: "wrong-service"
        ),
        Unusable(name: "the bundle is damaged", scenario: .deployment, bundle: { $0.spoiled }, code: "fetch-failed"),
    ]

    @Test func `what cannot be deployed is told in the receipt, and what runs is not touched`() async throws {
        try await withHost { torture in
            let host = torture.host
            for unusable in Self.unusable {
                host.end()
                try host.restore("running")
                try unusable.breaking(host)
                let before = try host.hookRuns()
                let order = try torture.wares.order(
                    unusable.scenario,
                    of: unusable.bundle?(torture.wares),
                    to: host.key
                )
                var run = try Run(torture, unusable.scenario, order, [])
                let receipt = try #require(try await run.answer(), "\(unusable.name)")
                #expect(receipt.outcome == .returned, "\(unusable.name): \(receipt.sentence)")
                #expect(receipt.code == unusable.code, "\(unusable.name): \(receipt.sentence)")
                #expect(receipt.running?.version.text == "1.0", "\(unusable.name)")
                #expect(host.serviceVersion() == "1.0", "\(unusable.name)")
                #expect(try host.current() == torture.wares.old.tree, "\(unusable.name)")
                #expect(try host.hookRuns() == before, "\(unusable.name)")
            }
            #expect(torture.tally.counts.losses == [])
            host.end()
        }
    }

    private static let changes: [(String, @Sendable (TortureHost) throws -> Void)] = [
        ("current leads to nothing", { try $0.link("services/cache/current", to: "releases/none") }),
        ("current leads elsewhere", { try $0.link("services/cache/current", to: "/usr") }),
        ("current is gone", { try $0.remove("services/cache/current") }),
        ("current is a folder", { try $0.replaceByFolder("services/cache/current") }),
        ("all releases are gone", { try $0.remove("services/cache/releases") }),
        ("all digests are gone", { try $0.remove("services/cache/digests") }),
    ]

    @Test func `a release that somebody changed is told as unhealthy, and a deployment is carried out or refused`()
        async throws
    {
        try await withHost { torture in
            let host = torture.host
            for (name, change) in Self.changes {
                host.end()
                try host.restore("running")
                try change(host)
                let order = try torture.wares.order(.deployment, to: host.key)
                var run = try Run(torture, .deployment, order, [])
                let receipt = try #require(try await run.answer(), "\(name)")
                host.end()
                #expect(torture.cluster.wasUnhealthy(host.key), "\(name)")
                switch receipt.outcome {
                case .applied:
                    #expect(host.serviceVersion() == "2.0", "\(name)")
                    #expect(try host.report(of: "cache")?.memory.current?.artifact.version.text == "2.0", "\(name)")
                case .returned, .failed, .unknown:
                    #expect(!receipt.sentence.isEmpty, "\(name)")
                    #expect(host.serviceVersion() != "2.0", "\(name): \(receipt.sentence)")
                }
            }
        }
    }

    /// What somebody does to `current` of a service that runs 2.0, and what is said of it.
    private static let changesWhileRunning:
        [(name: String, words: String, body: @Sendable (TortureHost) throws -> Void)] = [
            ("it is removed", "is gone", { try $0.remove("services/cache/current") }),
            (
                "it leads to nothing", "leads to releases/none",
                { try $0.link("services/cache/current", to: "releases/none") }
            ),
            (
                "it leads to another release", "leads to releases/1.0-",
                {
                    try $0.link("services/cache/current", to: "releases/\($0.release(of: "1.0"))")
                }
            ),
            (
                "it is a plain file", "is no link",
                {
                    try $0.remove("services/cache/current")
                    try $0.write("services/cache/current", "2.0")
                }
            ),
            ("it is a folder", "is no link", { try $0.replaceByFolder("services/cache/current") }),
        ]

    @Test func `what somebody does to current while the agent runs is told, and so is that it was put back`()
        async throws
    {
        try await withHost { torture in
            let host = torture.host
            try host.restore("running")
            var order = try torture.wares.order(.deployment, to: host.key)
            order.watchEvery = .milliseconds(50)
            var run = try Run(torture, .deployment, order, [])
            #expect(try await run.answer()?.outcome == .applied)
            let release = try host.release(of: "2.0")
            for change in Self.changesWhileRunning {
                try change.body(host)
                let told = try #require(await run.samples { $0.unhealthy > 0 }, "\(change.name)")
                #expect(told.reason.hasPrefix("release: ") && told.reason.contains(change.words), "\(told.reason)")
                try? host.remove("services/cache/current")
                try host.makeLink("services/cache/current", to: "releases/\(release)")
                _ = try #require(await run.samples { $0.healthy > 0 && $0.unhealthy == 0 }, "\(change.name)")
            }
            #expect(host.serviceVersion() == "2.0")
            host.end()
        }
    }

    @Test func `a certificate that has run out is told in the log and by the doctor, and what runs goes on`()
        async throws
    {
        try await withHost { torture in
            let host = torture.host
            try host.restore("running")
            try host.write("identity/certificate.pem", torture.cluster.expiredChain(for: host.key))
            try host.setConfiguration(host.configuration().replacing("log: critical", with: "log: error"))
            let agent = try BuiltProgram("wavetrain-agent", ["run", "--config", host.configurationPath])
            defer { agent.end() }
            let line = try await agent.line(with: "ran out")
            #expect(line.contains("bad-identity") && line.contains("enrol this host again"), "\(line)")
            let report = await HostDoctor.examine(host.configurationPath, isOffline: true)
            let found = try #require(report.lines.first { $0.subject == "certificate" })
            #expect(found.state == .fail && found.sentence.contains("ran out"), "\(found)")
            #expect(found.remedy.contains("enrol this host again"), "\(found)")
            #expect(kill(agent.pid, 0) == 0)
            #expect(host.serviceVersion() == "1.0")
            #expect(try host.hookRuns().allSatisfy { $0.hasSuffix(" 1.0") })
        }
    }

    @Test func `marks of logs that say nothing are told, and no verdict is made up`() async throws {
        try await withHost { torture in
            let host = torture.host
            try host.restore("running")
            try host.write("../state/service.log", "")
            var order = try torture.wares.order(.deployment, to: host.key)
            order.watchEvery = .milliseconds(50)
            order.checks = [Sample.logCheck("errors", "${state}/service.log", pattern: "ERROR")]
            var run = try Run(torture, .deployment, order, [])
            #expect(try await run.answer()?.outcome == .applied)
            try host.write("../state/service.log", "ERROR: one\n")
            _ = try #require(await run.samples { $0.unhealthy > 0 })
            host.end()
            try host.write("services/cache/log-marks", "garbage\n")
            var next = try Run(torture, .deployment, order, [])
            try next.begin()
            let told = try #require(await next.samples { $0.blind > 0 })
            #expect(told.healthy == 0 && told.unhealthy == 0)
            #expect(told.reason.contains("log-marks: it should say how far logs were read"), "\(told.reason)")
            try host.remove("services/cache/log-marks")
            _ = try #require(await next.samples { $0.healthy > 0 && $0.blind == 0 })
            #expect(host.serviceVersion() == "2.0")
            host.end()
        }
    }
}
