import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import OperatorCommands

@Suite(.timeLimit(.minutes(3))) struct CutPushTests {
    @Test func `a push over a line that is cut again and again sends each byte once and comes to its end`()
        async throws
    {
        try await LiveController.running { live in
            let bytes = try live.largeBundle("cut")
            let line = try CuttingLine(to: live.commands.url, cutAfter_bytes: 40_000)
            let commands = LiveCommands(url: line.url, folder: live.folder)
            let pushed = await commands.run(["artifact", "push", "\(live.folder)/cut", "--version", "1"])
            #expect(pushed.status == .ok, "\(pushed.text)")
            #expect(line.cut_count >= bytes / 40_000, "\(line.cut_count)")
            // Heads and what was on its way when the line was cut come on top.
            #expect(line.sent_bytes < bytes + bytes / 4, "\(line.sent_bytes) for \(bytes)")
            let again = await commands.run(["artifact", "push", "\(live.folder)/cut", "--version", "1"])
            #expect(again.text.hasPrefix("there already: web 1"), "\(again.text)")
            let released = try await live.commands.release("web", "1")
            #expect(released.state == "completed", "\(released.text)")
        }
    }

    @Test func `a push goes on behind a controller that was killed in its middle`() async throws {
        try await LiveController.running { live in
            let bytes = try live.largeBundle("killed")
            let line = try CuttingLine(
                to: live.commands.url,
                cutAfter_bytes: bytes / 2,
                cuts_max: 1,
                isHeldAfterwards: true
            )
            let commands = LiveCommands(url: line.url, folder: live.folder)
            let arguments = ["artifact", "push", "\(live.folder)/killed", "--version", "1"]
            async let pushed = commands.run(arguments)
            try await until { line.cut_count > 0 }
            try await until { try live.stored_bytes() >= bytes / 2 - 1_000 }
            await live.kill()
            try await live.startAgain()
            line.goOn()
            #expect(await pushed.status == .ok)
            #expect(line.sent_bytes < bytes + bytes / 8, "\(line.sent_bytes) for \(bytes)")
        }
    }

    @Test func `while a bundle is pushed no file of it has a name, so that a killed push leaves nothing`() async throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("push-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, temporary) = (folder.appendingPathComponent("source"), folder.appendingPathComponent("temporary"))
        for place in [source, temporary] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        let manifest = source.appendingPathComponent("wavetrain.yaml")
        try "wavetrain: 1\nservice: web\n".write(to: manifest, atomically: true, encoding: .utf8)
        let asked = Signal<[String]>()
        let server = try TinyServer { client in
            _ = client.request()
            asked.send((try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? ["unreadable"])
            client.waitForClose()
        }
        let push = ForeignProcess()
        push.executableURL = URL(fileURLWithPath: try BuiltProgram.path(of: "wavetrain"))
        push.arguments = ["artifact", "push", source.path, "--version", "1", "--url", server.url("")]
        push.environment = ["WAVETRAIN_TOKEN": "wt_ana", "TMPDIR": temporary.path]
        push.standardOutput = FileHandle.nullDevice
        push.standardError = FileHandle.nullDevice
        try push.run()
        #expect(await asked.next() == [])
        kill(push.processIdentifier, SIGKILL)
        push.waitUntilExit()
    }

    @Test func `a push that never reached anybody is not tried again`() {
        var attempts = PushAttempts()
        #expect(attempts.wait(after: CommandFailure(.unreachable, "nobody there")) == nil)
    }

    @Test func `a push is tried again while it gets on, and some times where it does not`() {
        var attempts = PushAttempts()
        let cut = CommandFailure(.unreachable, "cut")
        for stored_bytes in 0..<100 {
            attempts.begins(at: stored_bytes)
            #expect(attempts.wait(after: cut) == .milliseconds(250))
        }
        let waits = (0..<100).map { _ in attempts.wait(after: cut) }
        #expect(waits.count { $0 != nil } == PushAttempts.fruitless_max - 1)
    }

    @Test func `a refusal is not tried again, and wrong bytes once`() {
        var attempts = PushAttempts()
        attempts.begins(at: 10)
        #expect(attempts.wait(after: CommandFailure(.failed, "no", code: "conflict")) == nil)
        let wrong = CommandFailure(.failed, "wrong", code: "bundle_mismatch")
        #expect(attempts.wait(after: wrong) != nil)
        attempts.begins(at: 0)
        #expect(attempts.wait(after: wrong) == nil)
    }
}

extension LiveController {
    /// Of the one bundle that is on its way.
    fileprivate func stored_bytes() throws -> Int {
        let bundles = "\(folder)/controller/bundles"
        let parts = try FileManager.default.contentsOfDirectory(atPath: bundles).filter { $0.hasSuffix(".part") }
        return try parts.first.map { part in
            try FileManager.default.attributesOfItem(atPath: "\(bundles)/\(part)")[.size] as? Int ?? 0
        } ?? 0
    }

    /// A bundle of some 300 KB that does not compress; returns how long it is at least.
    fileprivate func largeBundle(_ name: String) throws -> Int {
        let bundle = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: bundle, withIntermediateDirectories: true)
        try "wavetrain: 1\nservice: web\n".write(toFile: "\(bundle)/wavetrain.yaml", atomically: true, encoding: .utf8)
        let noise = Data((0..<300_000).map { _ in UInt8.random(in: 0...255) })
        try noise.write(to: URL(fileURLWithPath: "\(bundle)/noise"))
        return noise.count
    }
}

/// A line to a controller that breaks when so much has gone up over one connection.
private final class CuttingLine: Sendable {
    private struct State {
        var sent_bytes = 0
        var cut_count = 0
        /// Nobody comes through.
        var isHeld = false
    }

    private let state: Shared
    private let server: TinyServer

    var url: String { "http://127.0.0.1:\(server.port)" }
    var sent_bytes: Int { state.value.withLock { $0.sent_bytes } }
    var cut_count: Int { state.value.withLock { $0.cut_count } }

    private final class Shared: Sendable { let value = Mutex(State()) }

    /// - Parameter isHeldAfterwards: after a cut, until somebody says `goOn`.
    init(to url: String, cutAfter_bytes: Int, cuts_max: Int = .max, isHeldAfterwards: Bool = false) throws {
        let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
        let shared = Shared()
        state = shared
        server = try TinyServer { client in
            guard !shared.value.withLock({ $0.isHeld }), let controller = try? TinyConnection(dialling: port)
            else { return }
            var left_bytes = cutAfter_bytes
            client.relay(to: controller) { count in
                shared.value.withLock { state in
                    guard count > left_bytes, state.cut_count < cuts_max else {
                        left_bytes -= count
                        state.sent_bytes += count
                        return count
                    }
                    state.sent_bytes += left_bytes
                    state.cut_count += 1
                    state.isHeld = isHeldAfterwards
                    return max(0, left_bytes)
                }
            }
        }
    }

    func goOn() { state.value.withLock { $0.isHeld = false } }
}
