import Foundation
import StructuredText
import TimeAndChance
import TrainModel

enum OutputFormat: String, CaseIterable, Sendable {
    case table, json
}

/// Everything a command can show, in one place: each as lines for people and as JSON for programs.
enum Shown {
    case releases([ReleaseView], now: Instant)
    case release(ReleaseView)
    case artifacts([ListedArtifact])
    case agents([AgentView], now: Instant)
    /// Anything else: as lines, and what stands behind them.
    case view(any Encodable, lines: [String])
    /// A command was carried out.
    case done(sentence: String, JSONValue)

    func text(_ format: OutputFormat) throws -> String {
        switch format {
        case .table: lines.map { $0 + "\n" }.joined()
        case .json: try json + "\n"
        }
    }

    private var lines: [String] {
        switch self {
        case .releases(let releases, let now): Self.lines(releases, now)
        case .release(let release): ReleaseText.lines(release)
        case .artifacts(let artifacts): Self.lines(artifacts)
        case .agents(let agents, let now): Self.lines(agents, now)
        case .view(_, let lines): lines
        case .done(let sentence, _): [sentence]
        }
    }

    private var json: String {
        get throws {
            switch self {
            case .releases(let releases, _): try Self.encode(releases)
            case .release(let release): try Self.encode(release)
            case .artifacts(let artifacts): try Self.encode(artifacts)
            case .agents(let agents, _): try Self.encode(agents)
            case .view(let view, _): try Self.encode(view)
            case .done(_, let value): String(decoding: JSONText.write(value), as: UTF8.self)
            }
        }
    }

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func lines(_ releases: [ReleaseView], _ now: Instant) -> [String] {
        guard !releases.isEmpty else { return ["no releases; `wavetrain release start` begins one"] }
        // Few plans measure it.
        let haveMaturity = releases.contains { !$0.maturity.isEmpty }
        let maturity = haveMaturity ? ["maturity"] : []
        var table = Table(header: ["release", "version"] + maturity + ["state", "wave", "author", "started"])
        for release in releases {
            let row =
                [release.id.text, release.versionWords] + (haveMaturity ? [SafeText.line(release.maturity)] : [])
                + [
                    release.stateWord, release.state.hasEnded ? "" : release.currentWave?.title ?? "",
                    release.author.text, "\(TimeText.age(now - release.started)) ago",
                ]
            table.add(row)
        }
        return table.lines
    }

    private static func lines(_ artifacts: [ListedArtifact]) -> [String] {
        guard !artifacts.isEmpty else { return ["no artifacts; `wavetrain artifact push` brings one"] }
        var table = Table(header: ["artifact", "version", "bytes", "branch", "bundle", "sha-256"])
        for listed in artifacts {
            let (artifact, source) = (listed.artifact, listed.source)
            table.add(
                artifact.name.text,
                artifact.version.text,
                source.reference.isEmpty ? "\(artifact.length_bytes)" : SafeText.line(source.reference),
                SafeText.line(source.branch),
                listed.bundle.map { $0.here ? SafeText.line($0.needed ?? "kept") : "removed" } ?? "",
                artifact.digest.hex
            )
        }
        return table.lines
    }

    private static func lines(_ agents: [AgentView], _ now: Instant) -> [String] {
        guard !agents.isEmpty else { return ["no agents; `wavetrain agent token` lets one join"] }
        var table = Table(header: ["region", "host", "link", "running", "orders", "health"])
        for agent in agents {
            let running = agent.running.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            table.add(
                agent.region.text,
                agent.host.text,
                link(of: agent, now),
                running.isEmpty ? "nothing" : running.joined(separator: ", "),
                "\(agent.ordersOutstanding)",
                health(of: agent)
            )
        }
        return table.lines
    }

    /// Outside text: the host's own words.
    private static func health(of agent: AgentView) -> String {
        if let trouble = agent.trouble { return SafeText.line(trouble.description) }
        return agent.unhealthy.isEmpty ? "" : "unhealthy: " + agent.unhealthy.map(\.text).joined(separator: ", ")
    }

    private static func link(of agent: AgentView, _ now: Instant) -> String {
        if agent.revoked { return "revoked" }
        if agent.trouble != nil { return "in trouble" }
        if agent.connected { return agent.clock.flatMap { $0.isOff ? "clock \($0.words)" : nil } ?? "connected" }
        return agent.lastSeen.map { "gone \(TimeText.age(now - $0))" } ?? "no link yet"
    }
}
