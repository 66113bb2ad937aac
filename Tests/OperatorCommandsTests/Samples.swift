import Testing
import TimeAndChance
import TrainModel

/// Views as a controller gives them, of one release at several moments. Noon of 20 November 2026, UTC.
struct Samples {
    static let noon = Instant(unix_ms: 1_795_176_000_000)

    let wave1: [RegionView]
    let wave2: [RegionView]
    let base: ReleaseView

    init() throws {
        func region(_ name: String, _ state: RegionView.State, _ hosts: [HostView]) throws -> RegionView {
            RegionView(
                region: try #require(RegionName(name)),
                state: state,
                failure: "",
                bakeUntil: nil,
                healthySamples: state == .healthy ? 40 : 0,
                unhealthySamples: 0,
                hosts: hosts
            )
        }
        let idle = try [Self.host("a"), Self.host("b")]
        wave1 = try [
            region("canary", .healthy, [Self.host("a", "updated"), Self.host("b", "updated")]),
            region("westus3", .waiting, idle),
            region("northeurope", .queued, idle),
        ]
        wave2 = try [region("eastus", .queued, idle), region("eastasia", .queued, idle)]
        let web = try #require(ServiceName("web"))
        let digest = try #require(Digest(hex: String(repeating: "ab", count: 32)))
        base = ReleaseView(
            id: try #require(ReleaseID("partner-services-3")),
            plan: try #require(PlanName("partner-services")),
            team: "solution",
            description: "weekly",
            author: try #require(PersonName("ana")),
            state: .running,
            reason: "",
            planDigest: digest,
            releaseDigest: digest,
            started: Self.noon - .minutes(30),
            ended: nil,
            artifacts: [
                web: Artifact(
                    name: try #require(ArtifactName("web")),
                    version: try #require(Version("20261120.2")),
                    digest: digest,
                    length_bytes: 1_000
                )
            ],
            waves: [],
            holds: [],
            failure: nil,
            at: Self.noon
        )
    }

    /// Canary is done, westus3 waits for an approval, the rest is queued.
    func waiting() throws -> ReleaseView {
        var view = base
        view.waves = try [wave("part-1", .running, wave1), wave("part-2", .queued, wave2)]
        view.holds = [
            Hold(
                kind: .approval,
                subject: "production/part-1/westus3",
                unmet: "approval by somebody of oncall, not ana",
                canAct: "oncall: `wavetrain release approve partner-services-3 production/part-1/westus3`",
                since: Self.noon - .minutes(12),
                nextChange: nil
            )
        ]
        return view
    }

    /// Approved: westus3 deploys on its first host.
    func deploying() throws -> ReleaseView {
        var view = try waiting()
        view.at = Self.noon + .seconds(5)
        view.waves[0].regions[1].state = .deploying
        view.waves[0].regions[1].hosts[0] = try Self.host("a", "updating", .fetch)
        view.holds = []
        return view
    }

    /// westus3 was unhealthy, and every host is back on the old version.
    func returned() throws -> ReleaseView {
        var view = try deploying()
        let reason = "web on a answers 500"
        view.state = .rolledBack
        view.reason = "unhealthy in westus3"
        view.at = Self.noon + .seconds(20)
        view.ended = view.at
        view.waves[0].state = .stopped
        for region in 0...1 {
            view.waves[0].regions[region].state = .returned
            view.waves[0].regions[region].hosts = try [Self.host("a", "returned"), Self.host("b", "returned")]
        }
        view.waves[0].regions[1].failure = reason
        view.failure = FailureView(
            region: try #require(RegionName("westus3")),
            reason: reason,
            firstUnhealthy: Self.noon + .milliseconds(1_100),
            verdict: Self.noon + .milliseconds(1_105),
            returned: Self.noon + .milliseconds(1_740),
            hostsReturned: 4
        )
        return view
    }

    private func wave(_ name: String, _ state: WaveView.State, _ regions: [RegionView]) throws -> WaveView {
        WaveView(
            stage: try #require(StageName("production")),
            wave: try #require(WaveName(name)),
            state: state,
            regions: regions
        )
    }

    static func host(_ name: String, _ state: String = "pending", _ step: Step? = nil) throws -> HostView {
        let web = try #require(ServiceName("web"))
        return HostView(
            host: try #require(HostName(name)),
            state: state,
            connected: true,
            steps: step.map { [web: $0] } ?? [:],
            running: [:],
            sentence: "",
            links: [],
            warnings: []
        )
    }
}
