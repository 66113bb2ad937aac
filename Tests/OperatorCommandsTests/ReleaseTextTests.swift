import Testing
import TimeAndChance
import TrainModel

@testable import OperatorCommands

@Suite struct ReleaseTextTests {
    private func shown(_ release: ReleaseView) throws -> String {
        try Shown.release(release).text(.table)
    }

    @Test func `a waiting release says what it waits for, who can act and since when`() throws {
        #expect(
            try shown(Samples().waiting()) == """
                partner-services-3   20261120.2   production / part-1   waiting 12m
                  started by ana at 2026-11-20 11:30:00 UTC: weekly
                  canary       healthy  2 hosts   40 healthy samples
                  westus3      waiting  approval by somebody of oncall, not ana; asked 12m ago
                  northeurope  queued   after westus3
                  part-2       queued   after production / part-1: eastus, eastasia
                  to go on:
                    production/part-1/westus3  oncall: `wavetrain release approve partner-services-3 production/part-1/westus3`

                """
        )
    }

    @Test func `windows say when they close and open, regions what they run, and people what they have to see to`()
        throws
    {
        var release = try Samples().waiting()
        release.waves[0].window = WindowView(isOpen: true, words: "closes Sat 00:00 UTC", changes: nil)
        release.waves[1].window = WindowView(isOpen: false, words: "opens Wed 00:00 UTC", changes: nil)
        release.waves[0].regions[0].services = try ["cache", "io"].map { try #require(ServiceName($0)) }
        release.waves[0].regions[0].baked = .hours(1)
        release.waivers = [
            WaiverView(subject: "unit-tests", by: release.author, reason: "flaky", at: Samples.noon - .days(1))
        ]
        release.gates = [
            GateView(
                subject: "production/part-1/westus3",
                kind: .approval,
                name: "",
                state: .waiting,
                instructions: "look at the canary",
                checklist: ["errors", "latency"],
                roles: [],
                words: []
            )
        ]
        #expect(
            try shown(release) == """
                partner-services-3   20261120.2   production / part-1   waiting 12m
                  started by ana at 2026-11-20 11:30:00 UTC: weekly
                  without unit-tests: flaky (ana, 2026-11-19 12:00 UTC)
                  canary       healthy  2 services   baked 1h   2 hosts   40 healthy samples
                  westus3      waiting  approval by somebody of oncall, not ana; asked 12m ago
                  northeurope  queued   after westus3; window closes Sat 00:00 UTC
                  part-2       closed   opens Wed 00:00 UTC
                  to go on:
                    production/part-1/westus3  oncall: `wavetrain release approve partner-services-3 production/part-1/westus3`
                      look at the canary
                      [ ] 1 errors
                      [ ] 2 latency

                """
        )
    }

    @Test func `a wave that waits as a whole has a line of its own above its regions`() throws {
        var release = try Samples().waiting()
        release.waves[0].state = .waiting
        release.waves[0].regions[0].state = .queued
        release.waves[0].regions[1].state = .queued
        release.holds = [
            Hold(
                kind: .window,
                subject: "production/part-1",
                unmet: "outside the window Mon; it opens Mon 00:00 UTC",
                canAct: "",
                since: Samples.noon - .minutes(5),
                nextChange: Samples.noon + .days(2)
            )
        ]
        #expect(
            try shown(release) == """
                partner-services-3   20261120.2   production / part-1   waiting 5m
                  started by ana at 2026-11-20 11:30:00 UTC: weekly
                  part-1         waiting  outside the window Mon; it opens Mon 00:00 UTC
                    canary       queued
                    westus3      queued   after canary
                    northeurope  queued   after westus3
                  part-2         queued   after production / part-1: eastus, eastasia

                """
        )
    }

    @Test func `a release that came back says how long detection and the way back took`() throws {
        #expect(
            try shown(Samples().returned()) == """
                partner-services-3   20261120.2   rolled back after 30m20s
                  started by ana at 2026-11-20 11:30:00 UTC: weekly
                  production / part-1  stopped
                    canary             returned  2 of 2 hosts back on the old version
                    westus3            returned  2 of 2 hosts back on the old version: web on a answers 500
                    northeurope        queued
                  production / part-2  queued    eastus, eastasia
                  rolled back: unhealthy in westus3
                  westus3: web on a answers 500
                  unhealthy first reported at 12:00:01.100; verdict after 5 ms; 4 hosts back on the old version after 640 ms

                """
        )
    }

    @Test func `what an agent says cannot move the cursor or forge a line`() throws {
        var release = try Samples().deploying()
        release.waves[0].regions[1].hosts[0].state = "failed"
        release.waves[0].regions[1].hosts[0].sentence = "bad\u{1b}[2J\nproduction / part-1 promoted"
        let text = try shown(release)
        #expect(!text.contains("\u{1b}"))
        #expect(text.contains("failed"))
        #expect(text.split(separator: "\n").count == 7)
    }

    @Test func `a list has a column each for people and everything for programs`() throws {
        let releases = [try Samples().waiting(), try Samples().returned()]
        #expect(
            try Shown.releases(releases, now: Samples.noon).text(.table) == """
                RELEASE             VERSION     STATE        WAVE                 AUTHOR  STARTED
                partner-services-3  20261120.2  waiting      production / part-1  ana     30m ago
                partner-services-3  20261120.2  rolled back                       ana     30m ago

                """
        )
        let json = try Shown.releases(releases, now: Samples.noon).text(.json)
        #expect(try StrictJSON.decode(Array(json.utf8), from: "list", as: [ReleaseView].self) == releases)
    }

    @Test func `agents are listed with their links and what they run`() throws {
        let web = try #require(ServiceName("web"))
        let agent = AgentView(
            region: try #require(RegionName("canary")),
            host: try #require(HostName("a")),
            connected: false,
            revoked: false,
            enrolled: Samples.noon - .hours(2),
            lastSeen: Samples.noon - .minutes(3),
            running: [web: try #require(Version("1"))],
            unhealthy: [web],
            ordersOutstanding: 1
        )
        #expect(
            try Shown.agents([agent], now: Samples.noon).text(.table) == """
                REGION  HOST  LINK     RUNNING  ORDERS  HEALTH
                canary  a     gone 3m  web 1    1       unhealthy: web

                """
        )
    }

    @Test(arguments: [
        (0, "0 ms"), (640, "640 ms"), (9_999, "9999 ms"), (10_000, "10s"), (65_000, "1m5s"), (3_600_000, "1h"),
        (90_000_000, "1d1h"),
    ])
    func `a length of time has the precision that a person wants`(ms: Int64, text: String) {
        #expect(TimeText.length(.milliseconds(ms)) == text)
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00"), (-1_000, "1969-12-31 23:59:59"), (951_782_400_000, "2000-02-29 00:00:00"),
        (1_795_176_000_000, "2026-11-20 12:00:00"), (4_102_444_799_000, "2099-12-31 23:59:59"),
    ])
    func `dates are those of the calendar`(unix_ms: Int64, text: String) {
        #expect(TimeText.date(Instant(unix_ms: unix_ms)) == text)
    }
}
