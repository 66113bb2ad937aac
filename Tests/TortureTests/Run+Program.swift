import Foundation
import Testing
import TrainModel

@testable import AgentService

/// Which agent a host starts, and which one it is.
extension TortureHost {
    /// Of the agent that runs, the version that an order brought; nil: the installed one, or none.
    var agentVersion: String? {
        guard let program, program.hasPrefix(agentReleases) else { return nil }
        return program.dropFirst(agentReleases.count).split(separator: "-").first.map(String.init)
    }

    private var agentReleases: String { "\(root)/services/wavetrain-agent/releases/" }

    /// What is under the root; nil: nothing has been written yet.
    func agentProgramText() throws -> String? {
        let path = "\(root)/\(OwnProgram.fileName)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    func agentRelease(_ name: String) throws -> [String: Data] { try TortureBundle.tree(of: agentReleases + name) }

    /// Processes that are agents of this host. A hook or a check has the words of its agent until it has become its own
    /// program, so children of agents do not count.
    func agents() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var parents: [Int32: Int32] = [:]
        for pid in names.compactMap(Int32.init) {
            // Gone meanwhile, or ended and not yet reaped: it has no words.
            guard let parent = parent(of: pid), let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
            else { continue }
            let arguments = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            if arguments.contains("run"), arguments.contains(configurationPath) { parents[pid] = parent }
        }
        return parents.filter { parents[$0.value] == nil }.map(\.key)
    }

    private func parent(of pid: Int32) -> Int32? {
        let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name, in brackets, may hold anything; then the state and the parent.
        return text?.split(separator: ")").last?.split(separator: " ").dropFirst().first.flatMap { Int32($0) }
    }
}

extension Run {
    /// `agent-program` is whole, and every program that it names is, too.
    func examineProgram() throws {
        guard let text = try host.agentProgramText() else {
            if scenario.isOfAgent { lose("there is no \(OwnProgram.fileName)") }
            return
        }
        guard let record = ProgramRecord(text: text), record.text == text else {
            return lose("half of \(OwnProgram.fileName) is there: \(text)")
        }
        for release in [record.settled, record.trial?.release].compactMap(\.self) {
            let tree = try host.agentRelease(release)
            if !isWhole(tree) { lose("the agent \(release) is not whole: \(tree.keys.sorted())") }
        }
        if !FileManager.default.isExecutableFile(atPath: record.installedPath) {
            lose("there is no agent at \(record.installedPath)")
        }
    }

    /// The one that answers is the one that the receipt names, and there is no other.
    func judgeProgram(_ receipt: Receipt) {
        guard scenario.isOfAgent else { return }
        let agents = host.agents()
        if agents.count > 1 { lose("\(agents.count) agents run at once") }
        // One that was killed right after its answer is looked at when it is started again.
        guard host.program != nil else { return }
        let runs = host.agentVersion
        if runs != receipt.running?.version.text {
            lose("\(words(of: receipt)), and the agent \(runs ?? "that was installed") said so")
        }
    }
}
