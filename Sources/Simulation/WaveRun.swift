import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A wave of a release: when it was reached, and everything it waited for.
public struct WaveRun: Hashable, Sendable, Codable {
    public let stage: StageName
    public let wave: WaveName
    /// Everything before it was done; nil: not yet.
    public let reached: Instant?
    /// Its gates had passed.
    public let started: Instant?
    /// All its regions were healthy.
    public let promoted: Instant?
    /// In the order in which they began, without hosts at work and bakes.
    public let waits: [Wait]

    static func all(of release: ReleaseState, in world: World) -> [WaveRun] {
        var started: [String: Instant] = [:]
        var promoted: [String: Instant] = [:]
        for recorded in world.log {
            switch recorded.event {
            case .waveStarted(let event) where event.release == release.id:
                started["\(event.stage)/\(event.wave)"] = recorded.at
            case .wavePromoted(let event) where event.release == release.id:
                promoted["\(event.stage)/\(event.wave)"] = recorded.at
            default: break
            }
        }
        let own = world.waits.filter {
            $0.release == release.id && !$0.kind.isProgress && $0.length(by: world.now) > .zero
        }
        var reached: Instant? = release.started
        var runs: [WaveRun] = []
        for stage in release.plan.stages {
            for wave in stage.waves {
                let name = "\(stage.name)/\(wave.name)"
                let end = promoted[name]
                let waits = own.filter { wait in
                    guard wait.subject == release.id.text else {
                        return wait.subject == name || wait.subject.hasPrefix(name + "/")
                    }
                    return reached.map { wait.from >= $0 } ?? false && end.map { wait.from < $0 } ?? true
                }
                runs.append(
                    WaveRun(
                        stage: stage.name,
                        wave: wave.name,
                        reached: reached,
                        started: started[name],
                        promoted: end,
                        waits: waits
                    )
                )
                reached = end
            }
        }
        return runs
    }
}
