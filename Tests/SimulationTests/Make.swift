import Calendars
import ReleaseDecisions
import Simulation
import TimeAndChance
import TrainModel

/// Values for tests, with as few words as possible.
enum Make {
    /// Friday, 20 November 2026, 09:00 UTC.
    static let friday = Instant(unix_ms: 1_795_165_200_000)

    static func name<Kind>(_ text: String) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func version(_ text: String) -> Version {
        guard let version = Version(text) else { preconditionFailure("\(text) is no version") }
        return version
    }

    static func host(_ region: String, _ number: Int) -> HostKey {
        HostKey(region: name(region), host: name("host-\(number)"))
    }

    static func window(_ spans: String...) -> Window {
        Window(spans.compactMap { Window.Span($0) }, zone: .utc)
    }

    static func approval(_ group: String, quorum: Int = 1) -> Gate {
        .approval(ApprovalRule(by: [.group(name(group))], quorum: quorum))
    }

    static func wave(
        _ waveName: String,
        _ regions: [String],
        services: [String] = ["web"],
        atOnce: Int? = nil,
        gates: [Gate] = [],
        regionGates: [Gate] = [],
        bake: Interval = .minutes(30)
    ) -> Wave {
        var wave = Wave(
            name: name(waveName),
            regions: regions.map { name($0) },
            services: services.map { name($0) },
            rollout: Rollout(batch: .count(1), unavailable_max: .count(1), timeout: .minutes(15)),
            bake: Bake(duration: bake, every: .seconds(15), unhealthy_max_bp: 100, samples_min: 20)
        )
        wave.regionsAtOnce = atOnce
        wave.gates = gates
        wave.regionGates = regionGates
        wave.checks = [
            Check(
                name: "health",
                level: .fail,
                kind: .http(HTTPCheck(url: "http://localhost/health")),
                within: .seconds(2),
                every: .seconds(5),
                limit: .minutes(2)
            )
        ]
        return wave
    }

    static func plan(_ planName: String = "shop", services: [String] = ["web"], stages: [(String, [Wave])]) -> Plan {
        Plan(
            name: name(planName),
            services: services.map { ServicePlan(name: name($0), artifact: name(planName)) },
            stages: stages.map { Stage(name: name($0.0), waves: $0.1) }
        )
    }

    /// Process 1's plan B: test on Friday, production on Monday and Wednesday, region by region.
    static var partnerServices: Plan {
        let services = ["cache", "io", "monitor", "partner", "resource-proxy"]
        let oncall = Gate.approval(ApprovalRule(by: [.oncall(name("release"))]))
        func part(_ waveName: String, _ regions: [String], _ day: String) -> Wave {
            wave(
                waveName,
                regions,
                services: services,
                atOnce: 1,
                gates: [.window(window(day))],
                regionGates: [.window(window(day)), oncall],
                bake: .hours(1)
            )
        }
        var plan = Self.plan(
            "partner-services",
            services: services,
            stages: [
                ("test", [wave("test", ["int"], services: services, gates: [.window(window("Fri 08:00-18:00"))])]),
                (
                    "production",
                    [
                        part("part-1", ["canary", "westus3", "northeurope", "southeastasia"], "Mon"),
                        part("part-2", ["eastus", "swedencentral", "eastasia"], "Wed"),
                    ]
                ),
            ]
        )
        plan.rotations[name("release")] = Rotation(
            name: "release",
            people: [name("ana"), name("bo"), name("cy")],
            shift: ShiftLength(weeks: 1) ?? week,
            start: LocalTime("2026-11-20T07:00") ?? beginning,
            zone: .utc
        )
        return plan
    }

    private static var week: ShiftLength { preconditionFailure("a week is a shift") }
    private static var beginning: LocalTime { preconditionFailure("a date is a date") }
}
