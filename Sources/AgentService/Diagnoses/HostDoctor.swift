import Glibc
import TimeAndChance

/// Looks at everything that an agent needs, and changes nothing; an agent may run meanwhile.
public struct HostDoctor: Sendable {
    let configuration: AgentConfiguration
    var now: Instant = WallClock.now()
    /// Before `/etc`, `/run` and `/proc`, so that tests can have their own.
    var systemRoot = ""

    init(_ configuration: AgentConfiguration) { self.configuration = configuration }

    /// What cannot be looked at is not there for the agent either.
    static func sees(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// - Parameters:
    ///   - path: the configuration's; nil: the usual one.
    ///   - isOffline: leave out what needs the controller.
    public static func examine(_ path: String?, isOffline: Bool) async -> DiagnosisReport {
        var report = DiagnosisReport()
        do {
            let configuration = try AgentConfiguration.load(path)
            let place = path ?? AgentConfiguration.defaultPath
            report.add(
                .ok("configuration", Self.sees(place) ? place : "none at \(place): every key has its default")
            )
            report.add(await HostDoctor(configuration).examine(isOffline: isOffline))
        } catch let error as AgentError {
            report.add(.fail("configuration", error))
        } catch {
            report.add(.fail("configuration", "\(error)", remedy: "mend it"))
        }
        return report
    }

    func examine(isOffline: Bool) async -> [ReportLine] {
        var lines = judgeRoot() + [judgeAgent(), judgeOwnProgram()] + judgeJournal()
        let (identity, more) = judgeIdentity()
        lines += more
        lines.append(judgeTimeService())
        if let identity, !isOffline { lines += await judgeController(identity) }
        let (manifests, recipes) = await judgeRecipes()
        lines += recipes
        lines += judgeUsers(of: manifests)
        lines.append(judgeUnit())
        return lines
    }
}
