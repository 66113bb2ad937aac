import Calendars
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Values for the tests of gates, with as few words as possible.
enum Given {
    static let ana = actor("ana")
    static let bo = actor("bo", "on-call")
    static let cy = actor("cy", "on-call")
    static let di = actor("di", "others")

    /// A lane of those on call, past windows, that leaves no debt.
    static var hotfix: LaneRule {
        LaneRule(
            name: name("hotfix"),
            artifacts: ArtifactRule(),
            by: [group("on-call")],
            skips: [],
            ignoresWindows: true,
            debt: ""
        )
    }

    static func name<Kind>(_ text: String) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func actor(_ person: String, _ groups: String...) -> Actor {
        Actor(name: name(person), groups: groups.map { name($0) })
    }

    static func group(_ text: String) -> Actors { .group(name(text)) }

    static func version(_ text: String) -> Version {
        guard let version = Version(text) else { preconditionFailure("\(text) is no version") }
        return version
    }

    /// Different bytes give different digests, which is all that decisions can tell.
    @Sendable static func digest(_ bytes: [UInt8]) -> Digest {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: seed)
        guard let digest = Digest(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }

    static func digest(_ text: String) -> Digest { digest(Array(text.utf8)) }

    static func artifact(_ artifact: String, _ version: String) -> Artifact {
        Artifact(
            name: name(artifact),
            version: Self.version(version),
            digest: digest("\(artifact) \(version)"),
            length_bytes: 10
        )
    }

    /// `2026-11-20T09:00`.
    static func time(_ text: String, _ zone: Zone = .utc) -> Instant {
        guard let local = LocalTime(text) else { preconditionFailure("\(text) is no time") }
        return zone.instant(of: local)
    }

    /// `Fri 08:00-18:00`.
    static func window(_ spans: String..., zone: Zone = .utc) -> Window {
        Window(spans.compactMap { Window.Span($0) }, zone: zone)
    }

    static func approval(_ change: (inout ApprovalRule) -> Void = { _ in }) -> Gate {
        var rule = ApprovalRule(by: [group("on-call")])
        change(&rule)
        return .approval(rule)
    }

    /// `ana` and `bo` by turns of a week, from Friday 2026-11-13 17:00 UTC.
    static var rotation: Rotation<PersonName> {
        guard let start = LocalTime("2026-11-13T17:00"), let week = ShiftLength(weeks: 1) else {
            preconditionFailure("a time and a week")
        }
        return Rotation(name: "release", people: [name("ana"), name("bo")], shift: week, start: start, zone: .utc)
    }

    static func wave(
        _ waveName: String,
        _ regions: [String],
        services: [String] = ["web"],
        gates: [Gate] = [],
        regionGates: [Gate] = [],
        atOnce: Int? = nil
    ) -> Wave {
        var wave = Wave(
            name: name(waveName),
            regions: regions.map { name($0) },
            services: services.map { name($0) },
            rollout: Rollout(batch: .count(1), unavailable_max: .percent(100), timeout: .minutes(1)),
            bake: Bake(duration: .zero, every: .seconds(1), unhealthy_max_bp: 100, samples_min: 1)
        )
        wave.gates = gates
        wave.regionGates = regionGates
        wave.regionsAtOnce = atOnce
        return wave
    }

    /// One stage, `production`.
    static func plan(_ waves: Wave..., services: [String] = ["web"]) -> Plan {
        plan([Stage(name: name("production"), waves: waves)], services: services)
    }

    static func plan(_ stages: [Stage], named planName: String = "shop", services: [String] = ["web"]) -> Plan {
        Plan(
            name: name(planName),
            services: services.map { ServicePlan(name: name($0), artifact: name($0)) },
            stages: stages
        )
    }

    /// One region `a`, held by these gates.
    static func held(by gates: Gate...) -> Plan { plan(wave("one", ["a"], gates: gates)) }

    static func condition(_ field: String, _ comparison: Condition.Comparison, _ value: String) -> Condition {
        Condition(field: field, comparison: comparison, value: value)
    }
}
