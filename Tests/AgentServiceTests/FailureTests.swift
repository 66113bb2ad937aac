import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// What teams know about failures, on a real host.
@Suite(.timeLimit(.minutes(2))) struct FailureTests {
    private let host: TestHost

    init() throws { host = try TestHost() }

    /// 1.0 runs, and 2.0 is ordered with the rules.
    private func upgrade(
        _ rules: [FailureRule],
        hooks: [String: String],
        change: (inout Order) -> Void = { _ in }
    ) async throws -> Receipt {
        let first = try TestBundle("1.0", in: host.folder)
        let second = try TestBundle("2.0", in: host.folder, hooks: hooks)
        var order = try second.order(generation: 2)
        order.failures = rules
        change(&order)
        let orders = [try first.order(generation: 1), order]
        return try #require(try await host.receipts(for: orders, try TestLink([first, second])).last)
    }

    private func rule(_ name: String, _ action: FailureRule.Action = .asUsual, output: String) -> FailureRule {
        var rule = FailureRule(name: name, action: action)
        rule.match.output = output
        return rule
    }

    @Test func `a failure is named by what the hook printed long before its end, and looked into`() async throws {
        defer { try? host.killService() }
        var gateway = rule("gateway", output: "BadGatewayConnection [0-9]+")
        gateway.match.exitCode = 3
        gateway.match.steps = [.install]
        gateway.diagnose = [
            Diagnosis(name: "here", kind: .command(["/bin/sh", "-c", "pwd; ls; echo ${colour}"])),
            Diagnosis(name: "much", kind: .command(["/bin/sh", "-c", "yes much | head -n 9999; echo end; exit 4"])),
            Diagnosis(name: "unset", kind: .command(["echo", "${nothing}"])),
            Diagnosis(name: "later", kind: .probe(.http(url: "http://example.com"))),
        ]
        let hooks = ["install": "echo BadGatewayConnection 502; yes filler | head -c 40000; exit 3"]
        let receipt = try await upgrade([rule("other", output: "Timeout"), gateway], hooks: hooks)
        #expect(receipt.outcome == .returned)
        #expect(receipt.rule == "gateway")
        #expect(receipt.findings.map(\.name) == ["here", "much", "unset"])
        let here = receipt.findings[0].text
        #expect(here.hasPrefix("\(host.folder.path)/root/services/cache/releases/2.0-"))
        #expect(here.contains("wavetrain.yaml\n") && here.hasSuffix("blue\n"))
        #expect(receipt.findings[1].text.utf8.count <= 2_048)
        #expect(receipt.findings[1].text.hasSuffix("much\nend\n(the look-up much ended with exit status 4)\n"))
        #expect(receipt.findings[2].text.contains("no variable is called nothing"))
        let install = try #require(receipt.steps.first { $0.step == .install })
        #expect(install.outputTail.utf8.count <= 2_048)
    }

    @Test func `a failure before there is a release is looked into all the same`() async throws {
        let bundle = try TestBundle("1.0", in: host.folder)
        var order = try bundle.order(generation: 1)
        var rule = rule("no-bundle", output: "no such bundle")
        rule.diagnose = [Diagnosis(name: "here", kind: .command(["pwd"]))]
        order.failures = [rule]
        let receipt = try #require(try await host.receipts(for: [order], try TestLink([])).last)
        #expect(receipt.failedStep == .fetch)
        #expect(receipt.findings == [Finding(name: "here", text: host.folder.path + "/root\n")])
    }

    @Test(arguments: [true, false])
    func `a start that only seems to fail is verified, and counts when the version runs`(runs: Bool) async throws {
        defer { try? host.killService() }
        let start = """
            setsid sleep 1000 </dev/null >/dev/null 2>&1 &
            echo $! > $WAVETRAIN_HOST_VAR_STATE/pid
            echo \(runs ? "2.0" : "1.9") > $WAVETRAIN_HOST_VAR_STATE/running
            echo 'Are any of the pods older than 15 mins : true'; exit 1
            """
        let pods = rule("old-pods", .verify, output: "pods older than 15 mins *: *true")
        let receipt = try await upgrade([pods], hooks: ["start": start])
        #expect(receipt.outcome == (runs ? .applied : .returned))
        #expect(receipt.rule == (runs ? "" : "old-pods"))
        #expect(receipt.warnings.contains { $0.hasPrefix("start failed, and 2.0 runs (rule old-pods)") } == runs)
        #expect(try host.folder.read("state/running") == (runs ? "2.0\n" : "1.0\n"))
    }

    @Test func `a smoke test that fails is known by its name`() async throws {
        defer { try? host.killService() }
        var rule = FailureRule(name: "not-ready", action: .asUsual)
        rule.match.check = "ready"
        rule.match.steps = [.smoke]
        let receipt = try await upgrade([rule], hooks: [:]) { order in
            let check = Check(
                name: "ready",
                level: .fail,
                kind: .command(arguments: ["/bin/false"]),
                within: .seconds(5),
                every: .milliseconds(20),
                limit: .milliseconds(100)
            )
            order.checks.append(check)
        }
        #expect(receipt.failedStep == .smoke)
        #expect(receipt.rule == "not-ready")
    }

    @Test func `a further attempt of what failed is carried out, once`() async throws {
        defer { try? host.killService() }
        let gate = "[ -e $WAVETRAIN_HOST_VAR_STATE/tried ] || { touch $WAVETRAIN_HOST_VAR_STATE/tried; exit 1; }"
        let bundle = try TestBundle("1.0", in: host.folder, hooks: ["install": gate])
        let first = try bundle.order(generation: 1)
        var second = first
        second.attempt = 2
        second.id = try #require(OrderID("weekly-1/westus3/cache/g1/b1/a2"))
        let receipts = try await host.receipts(for: [first, second, second], try TestLink([bundle]))
        #expect(receipts.map(\.outcome) == [.failed, .applied, .applied])
        #expect(try host.log().count { $0 == "install-1.0" } == 2)
    }

    @Test func `a restart stops and starts what runs, with the variables of its order`() async throws {
        defer { try? host.killService() }
        let bundle = try TestBundle(
            "1.0",
            in: host.folder,
            hooks: ["drain": "env | grep WAVETRAIN_ACTION > $WAVETRAIN_HOST_VAR_STATE/action"]
        )
        var restart = try bundle.order(generation: 2)
        restart.action = .restart
        restart.variables = [Variable(key: "colour", value: "red")]
        let orders = [try bundle.order(generation: 1), restart]
        let receipts = try await host.receipts(for: orders, try TestLink([bundle]))
        #expect(receipts.map(\.outcome) == [.applied, .applied])
        let after = try host.log().filter { !$0.hasPrefix("verify") }
        #expect(after == ["install-1.0", "start-1.0", "drain-1.0", "stop-1.0", "start-1.0"])
        #expect(receipts.last?.steps.map(\.step) == [.drain, .stop, .start, .verify, .smoke])
        #expect(try host.folder.read("state/action") == "WAVETRAIN_ACTION=restart\n")
    }
}
