import OrderedCollections
import PlanLanguage
import Calendars
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// A process's plans in a world, and what people do in it. Nobody acts but as the test says.
struct Scene {
    var world: World
    private let plans: [String: Plan]

    /// - Parameters:
    ///   - folder: Below `controller/plans`.
    ///   - files: Plans without their `.yaml`, in the order in which they join.
    ///   - from: As `2026-11-20T07:00`, in UTC.
    init(
        _ folder: String,
        _ files: [String],
        from: String,
        _ change: (inout World.Options) throws -> Void = { _ in }
    ) throws {
        var options = World.Options(from: try Make.time(from))
        options.people.actByThemselves = false
        try change(&options)
        let compiled = try files.map { try Plans.compiled("\(folder)/\($0).yaml").plan }
        plans = Dictionary(uniqueKeysWithValues: compiled.map { ($0.name.text, $0) })
        world = World(compiled, options)
    }

    func plan(_ name: String) throws -> Plan { try #require(plans[name]) }

    // MARK: - Time

    mutating func run(until time: String) throws { world.run(until: try Make.time(time)) }

    /// Whoever is on call decides whatever waits for them, every twenty minutes.
    mutating func runWithOncall(until time: String, rotation: String = "release") throws {
        let end = try Make.time(time)
        while world.now < end {
            world.run(until: min(end, world.now + .minutes(20)))
            let person = try oncall(rotation)
            for id in active {
                for hold in world.holds(of: id) where hold.kind == .approval || hold.kind == .validation {
                    _ = decide(id, hold.kind == .approval ? .approval : .validation, hold.subject, as: person)
                }
            }
        }
    }

    private var active: [ReleaseID] { world.train.state.releases.values.filter(\.isActive).map(\.id) }

    private func oncall(_ name: String) throws -> String {
        let rotation: RotationName = try Make.name(name)
        let found = plans.values.compactMap { $0.rotations[rotation] }.first
        return try #require(found?.person(at: world.now)).text
    }

    // MARK: - Releases

    @discardableResult
    mutating func register(_ name: String) throws -> Accepted { try world.register(try plan(name)).get() }

    /// Of one version; artifacts that are not there yet arrive first.
    mutating func start(_ name: String, _ version: String, lane: String? = nil, by person: String = "operator") throws
        -> ReleaseID
    {
        try attemptStart(name, version, lane: lane, by: person).get()
    }

    mutating func attemptStart(
        _ name: String,
        _ version: String,
        lane: String? = nil,
        by person: String = "operator",
        description: String = "a test"
    ) throws -> Result<ReleaseID, Refusal> {
        world.start(
            try plan(name),
            version: try Make.version(version),
            description: description,
            lane: try lane.map { try Make.name($0) },
            as: try Make.name(person)
        )
    }

    /// The newest of a plan.
    func release(of plan: String) throws -> ReleaseID {
        try #require(
            world.train.state.releases.values.last { $0.plan.name.text == plan && $0.description != "what ran before" }?
                .id
        )
    }

    func state(_ id: ReleaseID) -> ReleaseView.State? { world.release(id)?.state }

    // MARK: - People

    mutating func decide(
        _ id: ReleaseID,
        _ act: ApprovalRule.Act,
        _ subject: String,
        as person: String,
        ticked: [String] = [],
        rejects: Bool = false
    ) -> Result<Accepted, Refusal> {
        guard let name = PersonName(person), let view = world.release(id) else {
            return .failure(Refusal(.notFound, "no \(person), or no \(id)"))
        }
        let word = Decide(
            id,
            rejects ? .rejected : .approved,
            act: act,
            subject: subject,
            releaseDigest: view.releaseDigest,
            ticked: ticked,
            reason: "as it should be"
        )
        return world.act(.decide(word), as: name)
    }

    mutating func approve(_ id: ReleaseID, _ subject: String, as person: String, ticked: [String] = []) -> Result<
        Accepted, Refusal
    > {
        decide(id, .approval, subject, as: person, ticked: ticked)
    }

    mutating func act(_ command: Command, as person: String) throws -> Result<Accepted, Refusal> {
        world.act(command, as: try Make.name(person))
    }

    /// Somebody says something about an artifact that has arrived.
    mutating func attest(
        _ predicate: String,
        about artifact: String,
        _ version: String,
        _ fields: [String: String] = [:],
        at instant: Instant? = nil,
        as person: String = "operator"
    ) throws {
        let key = ArtifactKey(name: try Make.name(artifact), version: try Make.version(version))
        let digest = try #require(world.train.state.artifacts[key]?.artifact.digest)
        let word = Attestation(
            subject: .artifact(digest),
            predicate: try Make.name(predicate),
            fields: fields,
            note: "",
            about: instant ?? world.now
        )
        _ = try act(.attest(word), as: person).get()
    }

    // MARK: - What one sees

    func holds(_ id: ReleaseID, _ kind: Hold.Kind) -> [Hold] { world.holds(of: id).filter { $0.kind == kind } }

    /// Regions in the order of their start, with the local days in UTC, of the releases of a plan.
    func starts(of plan: String) -> [(region: String, day: Weekday, at: Instant)] {
        world.log.filter { $0.at >= world.options.from }.compactMap { recorded in
            guard case .regionStarted(let event) = recorded.event,
                world.train.state.releases[event.release]?.plan.name.text == plan
            else { return nil }
            return (event.region.text, Zone.utc.local(at: recorded.at).date.weekday, recorded.at)
        }
    }

    func promoted(_ plan: String, _ stage: String) -> Instant? {
        world.log.last { recorded in
            guard recorded.at >= world.options.from, case .wavePromoted(let event) = recorded.event else {
                return false
            }
            return event.stage.text == stage && world.train.state.releases[event.release]?.plan.name.text == plan
        }?.at
    }

    func notices(_ kind: NoticeKind) -> [Notice] {
        world.log.compactMap { recorded in
            guard case .noticeQueued(let event) = recorded.event, event.notice.kind == kind else { return nil }
            return event.notice
        }
    }

    func versions(of service: String, in region: String) throws -> Set<String> {
        Set(world.versions(of: try Make.name(service), in: try Make.name(region)).values.map(\.text))
    }

    /// What the orders of a service to a region carried.
    func variables(of service: String, in region: String) throws -> [String: String] {
        let order = try #require(
            world.orders(to: try Make.name(region)).last { $0.order.service.text == service }?.order
        )
        return Dictionary(uniqueKeysWithValues: order.variables.map { ($0.key, $0.value) })
    }
}

extension Result where Failure == Refusal {
    var refusal: Refusal? { if case .failure(let refusal) = self { refusal } else { nil } }
    var isAccepted: Bool { refusal == nil }
}
