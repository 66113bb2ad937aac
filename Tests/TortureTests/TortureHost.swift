import AgentService
import Foundation
import Glibc
import TestSupport
import TrainModel

/// One host: a folder with an agent's root, what its service left, and the real agent that is started and killed there.
final class TortureHost: Sendable {
    let key: HostKey
    private let folder: URL
    private let cluster: TortureCluster
    private let process = ProcessSlot()

    init(_ name: String, in parent: URL, of cluster: TortureCluster) throws {
        key = HostKey(region: cluster.region, host: try Sample.name(name))
        folder = parent.appendingPathComponent(name)
        self.cluster = cluster
        try FileManager.default.createDirectory(at: live, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        try TortureBundle.write(to: recipe, service: "by-hand")
        let configuration = """
            root: \(root)
            log: critical
            variables: { state: \(state.path) }
            recipes: { by-hand: \(recipe.path) }
            """
        try configuration.write(to: configurationFile, atomically: true, encoding: .utf8)
    }

    var root: String { live.appendingPathComponent("root").path }
    private var live: URL { folder.appendingPathComponent("live") }
    private var state: URL { live.appendingPathComponent("state") }
    private var recipe: URL { live.appendingPathComponent("recipe") }
    private var note: URL { folder.appendingPathComponent("note") }
    /// What a power cut may bring back.
    private var attic: URL { folder.appendingPathComponent("attic") }
    var configurationPath: String { configurationFile.path }
    private var configurationFile: URL { folder.appendingPathComponent("agent.yaml") }

    func enrol(at address: String) async throws {
        _ = try await AgentCommands.enrol(
            try AgentConfiguration.load(configurationFile.path),
            controller: address,
            token: try cluster.joinToken(),
            host: key.host.text
        )
    }

    // MARK: States to come back to

    func keep(as name: String) throws {
        try copy(live.path, to: folder.appendingPathComponent("kept-\(name)").path)
    }

    func restore(_ name: String) throws {
        try FileManager.default.removeItem(at: live)
        try copy(folder.appendingPathComponent("kept-\(name)").path, to: live.path)
        try? FileManager.default.removeItem(at: note)
    }

    /// What is long is a program or a bundle, which nobody changes where it stands: a second name will do.
    private func copy(_ path: String, to new: String) throws {
        let files = FileManager.default
        let attributes = try files.attributesOfItem(atPath: path)
        if attributes[.type] as? FileAttributeType == .typeDirectory {
            try files.createDirectory(atPath: new, withIntermediateDirectories: false)
            for name in try files.contentsOfDirectory(atPath: path) {
                try copy("\(path)/\(name)", to: "\(new)/\(name)")
            }
            try files.setAttributes(attributes.filter { $0.key == .posixPermissions }, ofItemAtPath: new)
        } else if attributes[.size] as? Int ?? 0 > 1 << 20 {
            try files.linkItem(atPath: path, toPath: new)
        } else {
            try files.copyItem(atPath: path, toPath: new)
        }
    }

    // MARK: The agent

    /// - Parameter ended: gets its exit status, or the signal that ended it.
    func start(_ fault: Fault?, ended: @escaping @Sendable (Int32) -> Void) throws {
        let agent = ForeignProcess()
        agent.executableURL = URL(fileURLWithPath: try BuiltProgram.path(of: "wavetrain-agent"))
        agent.arguments = ["run", "--config", configurationFile.path]
        agent.environment = ["PATH": "/usr/bin:/bin"]
        if let libraries = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] {
            agent.environment["LD_LIBRARY_PATH"] = libraries
        }
        if let fault {
            agent.environment["LD_PRELOAD"] = try BuiltProgram.path(of: "libwavetrain-faults.so")
            if FileManager.default.fileExists(atPath: attic.path) { try FileManager.default.removeItem(at: attic) }
            try FileManager.default.createDirectory(at: attic, withIntermediateDirectories: false)
            agent.environment.merge(fault.environment(root: root, note: note.path, attic: attic.path)) { $1 }
        }
        agent.standardOutput = FileHandle.nullDevice
        agent.standardError = FileHandle.nullDevice
        agent.terminationHandler = { ended($0.terminationStatus) }
        try agent.run()
        process.set(agent)
    }

    /// At once, as a power cut would.
    func kill() { process.kill() }

    /// Asks it to stop.
    func terminate() { process.terminate() }

    /// Kills what runs, and returns when it is gone.
    func end() { process.end() }

    /// What met the fault: number, call and path of each call; nil: nothing has met it yet.
    var faultMet: String? {
        guard let text = try? String(contentsOf: note, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").first.map { String($0).replacing(folder.path, with: "…") }
    }

    // MARK: What is on its disk

    /// Hooks that ran: generation, action, hook, version.
    func hookRuns() throws -> [String] {
        guard let text = try? String(contentsOf: state.appendingPathComponent("log"), encoding: .utf8) else {
            return []
        }
        return text.split(separator: "\n").map(String.init)
    }

    /// What the service itself says that it runs; nil: nothing.
    func serviceVersion() -> String? {
        let text = try? String(contentsOf: state.appendingPathComponent("running"), encoding: .utf8)
        return text?.split(separator: "\n").first.map(String.init)
    }

    /// As `wavetrain-agent show` reads it; throws where the journal cannot be opened.
    func report(of service: String) throws -> HostReport.Line? {
        try HostReport(root: root).lines.first { $0.service.text == service }
    }

    /// The release under `current`, all of it; nil: there is none. Throws where the link leads to nothing.
    func current(of service: String = "cache") throws -> [String: Data]? {
        let folder = "\(root)/services/\(service)"
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/current") else {
            return nil
        }
        return try TortureBundle.tree(of: "\(folder)/\(target)")
    }

    /// The file that the agent's process is now; nil: there is none.
    var program: String? {
        guard let pid = process.pid else { return nil }
        return try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    }
}

/// The agent that runs, if any.
private final class ProcessSlot: @unchecked Sendable {
    // Guarded by the lock.
    private var process: ForeignProcess?
    private let lock = NSLock()

    func set(_ new: ForeignProcess) { lock.withLock { process = new } }

    var pid: Int32? { lock.withLock { process?.isRunning == true ? process?.processIdentifier : nil } }

    func kill() {
        lock.withLock {
            if let process, process.isRunning { _ = Glibc.kill(process.processIdentifier, SIGKILL) }
        }
    }

    func terminate() { lock.withLock { process?.terminate() } }

    func end() {
        kill()
        lock.withLock { process }?.waitUntilExit()
    }
}
