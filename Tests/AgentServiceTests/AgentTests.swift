import Cryptography
import Glibc
import Logging
import ServiceLifecycle
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// Whole orders through a real agent: real bundles, real processes, a real journal.
@Suite(.timeLimit(.minutes(2))) struct AgentTests {
    private let host: TestHost
    private var folder: TemporaryFolder { host.folder }
    private var key: PrivateKey { host.key }

    init() throws { host = try TestHost() }

    @Test func `an order is applied, its receipt signed, and the service watched`() async throws {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: folder)
        let second = try TestBundle("2.0", in: folder)
        let link = try TestLink([first, second])
        let orders = [try first.order(generation: 1), try second.order(generation: 2)]
        try await host.withAgent(link) { [key] in
            for order in orders {
                try link.order(order)
                let receipt = try await link.receipt(of: order.id, by: key)
                #expect(receipt.outcome == .applied, "\(receipt.sentence)")
                #expect(receipt.running?.version == order.artifact.version)
                #expect(receipt.links == ["https://example.com/\(order.artifact.version)"])
            }
            try await until { link.samples.contains { $0.generation == 2 && $0.healthy > 0 } }
        }
        #expect(try folder.read("state/running") == "2.0\n")
        let applied = try host.log().filter { !$0.hasPrefix("verify") }
        #expect(applied == ["install-1.0", "start-1.0", "drain-1.0", "drain", "stop-1.0", "install-2.0", "start-2.0"])
        let environment = try #require(try folder.read("state/environment"))
        for line in ["WAVETRAIN_VAR_COLOUR=blue", "WAVETRAIN_HOST=host-1", "WAVETRAIN_PREVIOUS_VERSION=1.0"] {
            #expect(environment.contains(line))
        }
        let report = try HostReport(root: folder.path + "/root")
        #expect(report.table.contains("running"))
        #expect(report.lines.first?.current == "2.0-\(second.artifact.digest.prefix)")
    }

    @Test(arguments: [(1, Receipt.Outcome.applied), (2, .returned)])
    func `a bundle that was lost between fetching and unpacking is fetched once more`(
        lost_count: Int,
        outcome: Receipt.Outcome
    ) async throws {
        defer { try? host.killService() }
        let bundle = try TestBundle("1.0", in: folder)
        let link = try TestLink([bundle], lostFetches_count: lost_count)
        let order = try bundle.order(generation: 1)
        let receipt = try await host.withAgent(link) { [key] in
            try link.order(order)
            return try await link.receipt(of: order.id, by: key)
        }
        #expect(receipt.outcome == outcome, "\(receipt.sentence)")
    }

    @Test(arguments: ["1.9", "", "../../x", "2.0 2.0", "$(printf '\\033[31m2.0')"])
    func `a version that does not come up is undone, and the old one runs again`(said: String) async throws {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: folder)
        let broken = try TestBundle("2.0", in: folder, hooks: ["verify": "echo \"wavetrain:version \(said)\""])
        let link = try TestLink([first, broken])
        let orders = [try first.order(generation: 1), try broken.order(generation: 2)]
        let receipt = try await host.withAgent(link) { [key] in
            try link.order(orders[0])
            _ = try await link.receipt(of: orders[0].id, by: key)
            try link.order(orders[1])
            return try await link.receipt(of: orders[1].id, by: key)
        }
        #expect(receipt.outcome == .returned)
        #expect(receipt.code == "wrong-version", "\(receipt.sentence)")
        #expect(receipt.running?.version == first.artifact.version)
        #expect(try folder.read("state/running") == "1.0\n")
        let directories = ReleaseDirectories(root: folder.path + "/root")
        #expect(try directories.current(of: orders[0].service) == directories.name(of: first.artifact))
    }

    @Test func `an unhealthy service is told at once`() async throws {
        defer { try? host.killService() }
        let bundle = try TestBundle("1.0", in: folder)
        let link = try TestLink([bundle])
        let order = try bundle.order(generation: 1)
        try await host.withAgent(link) { [key, folder] in
            try link.order(order)
            _ = try await link.receipt(of: order.id, by: key)
            let pid = try #require(try folder.read("state/pid").flatMap { pid_t($0.filter(\.isNumber)) })
            _ = kill(pid, SIGKILL)
            while !link.samples.contains(where: { $0.unhealthy > 0 }) { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(link.samples.last { $0.unhealthy > 0 }?.reason.hasPrefix("runs: ") == true)
    }

    @Test func `a hook that takes too long is ended and the order undone`() async throws {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: folder)
        let slow = try TestBundle("2.0", in: folder, hooks: ["install": "exec sleep 1000"])
        let link = try TestLink([first, slow])
        let orders = [try first.order(generation: 1), try slow.order(generation: 2, timeout: .milliseconds(1_500))]
        let receipt = try await host.withAgent(link) { [key] in
            try link.order(orders[0])
            _ = try await link.receipt(of: orders[0].id, by: key)
            try link.order(orders[1])
            return try await link.receipt(of: orders[1].id, by: key)
        }
        #expect(receipt.code == "timed-out")
        #expect(receipt.running?.version == first.artifact.version)
    }

    @Test(arguments: [true, false])
    func `an agent that dies in the middle of a hook goes on truthfully`(isRepeatable: Bool) async throws {
        defer { try? host.killService() }
        let gate = "while ! [ -e $WAVETRAIN_HOST_VAR_STATE/gate ]; do sleep 0.01; done"
        let first = try TestBundle("1.0", in: folder)
        let second = try TestBundle("2.0", in: folder, repeatable: isRepeatable, hooks: ["install": gate])
        let orders = [try first.order(generation: 1), try second.order(generation: 2)]
        let link = try TestLink([first, second])
        try await host.withAgent(link) { [key] in
            try link.order(orders[0])
            _ = try await link.receipt(of: orders[0].id, by: key)
            try link.order(orders[1])
            try await host.begins("install-2.0", of: orders[1], link)
        }
        try folder.write("state/gate", "")
        let next = try TestLink([first, second])
        let receipt = try await host.withAgent(next) { [key] in try await next.receipt(of: orders[1].id, by: key) }
        #expect(receipt.outcome == (isRepeatable ? .applied : .returned))
        #expect(receipt.code == (isRepeatable ? "" : "unknown-after-crash"))
        #expect(try host.log().count { $0 == "install-2.0" } == (isRepeatable ? 2 : 1))
        #expect(try folder.read("state/running") == (isRepeatable ? "2.0\n" : "1.0\n"))
    }

    @Test func `an agent whose journal cannot be written ends with that error, whatever it was doing`() async throws {
        let bundle = try TestBundle("1.0", in: folder)
        let link = try TestLink([bundle])
        let agent = try host.agent(link)
        let path = folder.path + "/root/journal"
        let full = try OpenFile("/dev/full", O_RDWR)
        let journals = try Files.names(in: "/proc/self/fd").filter {
            try Files.target(ofLink: "/proc/self/fd/\($0)") == path
        }
        #expect(dup2(full.descriptor, try #require(journals.first.flatMap(Int32.init))) >= 0)
        try link.order(try bundle.order(generation: 1))
        let error = await #expect(throws: AgentError.self) { try await agent.run() }
        #expect(error?.code == .diskFull)
        #expect(error?.place == path)
        #expect(try host.log().isEmpty)
    }

    @Test func `asked to stop, the agent ends the step in hand, and its service lives on`() async throws {
        defer { try? host.killService() }
        let bundle = try TestBundle("1.0", in: folder, hooks: ["install": "sleep 3"])
        let link = try TestLink([bundle])
        let order = try bundle.order(generation: 1)
        let services = ServiceGroup(services: [try host.agent(link)], logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            try link.order(order)
            try await host.begins("install-1.0", of: order, link)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        #expect(try host.log() == ["install-1.0"])
        let next = try TestLink([bundle])
        let receipt = try await host.withAgent(next) { [key] in try await next.receipt(of: order.id, by: key) }
        #expect(receipt.outcome == .applied)
        #expect(try host.log().count { $0 == "install-1.0" } == 1)
    }
}
