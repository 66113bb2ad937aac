import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

func name<Kind>(_ text: String, of _: Kind.Type = Kind.self) throws -> Name<Kind> { try #require(Name(text)) }

func digest(_ byte: UInt8) throws -> Digest { try #require(Digest(bytes: [UInt8](repeating: byte, count: 32))) }

func host() throws -> HostIdentity {
    HostIdentity(cluster: try name("demo"), key: HostKey(region: try name("westus3"), host: try name("host-1")))
}

let httpCheck = Check(
    name: "answers",
    level: .fail,
    kind: .http(HTTPCheck(url: "http://127.0.0.1:${port}/health")),
    within: .seconds(1),
    every: .milliseconds(100),
    limit: .seconds(5)
)

/// An order for this host; version `n` has the digest of 32 times the byte `n`.
func order(
    version: UInt8 = 1,
    generation: UInt64 = 1,
    attempt: UInt32 = 1,
    epoch: UInt64 = 1,
    service: String = "cache",
    action: Order.Action = .deploy,
    recipe: String? = nil,
    checks: [Check] = [httpCheck],
    failures: [FailureRule] = [],
    timeout: Interval = .seconds(60),
    notBefore: Instant = Instant(unix_ms: 0),
    expires: Instant = Instant(unix_ms: 0) + .minutes(15)
) throws -> Order {
    let release: ReleaseID = try name("weekly-\(generation)")
    let service: ServiceName = try name(service)
    return Order(
        cluster: try name("demo"),
        id: OrderID(
            release: release,
            region: try name("westus3"),
            service: service,
            generation: generation,
            batch: 1,
            attempt: attempt
        ),
        release: release,
        planDigest: try digest(9),
        epoch: epoch,
        generation: generation,
        sequence: generation * 100 + UInt64(attempt),
        stage: try name("production"),
        wave: try name("part-1"),
        region: try name("westus3"),
        service: service,
        hosts: [try name("host-1"), try name("host-2")],
        action: action,
        artifact: Artifact(
            name: try name("partner"),
            version: try #require(Version("\(version).0")),
            digest: try digest(version),
            length_bytes: recipe == nil ? 1_000 : 0
        ),
        reference: recipe == nil ? "" : "registry.example.com/partner:\(version).0",
        recipe: try recipe.map { try name($0) },
        variables: [],
        checks: checks,
        failures: failures,
        watchEvery: .seconds(1),
        timeout: timeout,
        notBefore: notBefore,
        expires: expires,
        attempt: attempt
    )
}

extension HostMemory {
    var all: [ServiceMemory] { serviceNames.compactMap { self[$0] } }
}

let allHooksOnce = DeclaredHooks(drain: .once, stop: .once, install: .once, start: .once, verify: .once)
let allHooksRepeatable = DeclaredHooks(
    drain: .repeatable,
    stop: .repeatable,
    install: .repeatable,
    start: .repeatable,
    verify: .repeatable
)

/// A host whose shell is the test: moves are answered at once by a script.
struct Story {
    var state: HostState
    var now = Instant(unix_ms: 1_000)
    var hooks = allHooksOnce
    /// These fail, each with the code `broken`.
    var failing: Set<Move> = []
    /// What passes and has seen nothing.
    var blind: Set<Move> = []
    /// What a failing move shows.
    var signs = FailureSigns()
    /// What the look-ups find.
    var findings: [Finding]?
    var moves: [Move] = []
    var messages: [HostMessage] = []
    var records: [JournalRecord] = []
    var actions: [HostAction] = []
    private(set) var orders: [MoveOrder] = []
    private var pending: [MoveOrder] = []

    init(link: Bool = true, recipes: [String] = []) throws {
        let recipes = try Set(recipes.map { try name($0, of: RecipeKind.self) })
        state = HostState(identity: try host(), memory: HostMemory(), recipes: recipes)
        give(.started)
        if link { linkUp() }
    }

    var receipts: [Receipt] {
        messages.compactMap { if case .receipt(let receipt) = $0 { receipt } else { nil } }
    }
    var refusals: [String] {
        messages.compactMap { if case .refused(let refusal) = $0 { refusal.code } else { nil } }
    }
    var arrivals: [OrderID] {
        messages.compactMap { if case .arrived(let order, _) = $0 { order } else { nil } }
    }
    var samples: [HealthSamples] {
        messages.compactMap { if case .samples(let samples) = $0 { samples } else { nil } }
    }
    var service: ServiceMemory? { state.memory.all.first }

    /// Hands the input over and carries nothing out.
    mutating func give(_ input: HostInput) {
        let new = state.handle(input, now: now)
        actions += new
        for action in new {
            switch action {
            case .journal(let record): records.append(record)
            case .send(let message): messages.append(message)
            case .run(let order):
                moves.append(order.move)
                orders.append(order)
                pending.append(order)
            default: break
            }
        }
    }

    /// A link, and what its welcome measures: a clock that is right.
    mutating func linkUp() {
        give(.linkUp)
        give(.clockRead(ClockReading(ahead: .zero, error: .zero)))
    }

    /// Answers moves until none is asked for any more, or before the one named.
    mutating func carryOut(until stop: Move? = nil) {
        while let order = pending.first, order.move != stop {
            pending.removeFirst()
            now = now + .milliseconds(10)
            let signs = failing.contains(order.move) ? signs : FailureSigns()
            give(.moveEnded(ticket: order.ticket, result(of: order.move), signs: signs))
        }
    }

    mutating func apply(_ order: Order, envelope: UInt8 = 77) throws {
        give(.order(order, digest: try digest(envelope)))
        carryOut()
    }

    /// The agent dies; a new one reads the journal.
    mutating func crash(link: Bool = true, ownTrial: String? = nil) throws {
        let memory = try HostMemory(replaying: records)
        state = HostState(identity: state.identity, memory: memory, recipes: state.recipes)
        pending = []
        if let ownTrial { give(.ownTrial(ownTrial)) }
        give(.started)
        if link { linkUp() }
    }

    /// The same host after its configuration was changed and its agent started again.
    static func changed(_ story: Story, recipes: Set<RecipeName>) -> Story {
        var story = story
        let memory = story.state.memory
        story.state = HostState(identity: story.state.identity, memory: memory, recipes: recipes)
        story.give(.started)
        story.linkUp()
        story.forget()
        return story
    }

    mutating func forget() {
        moves = []
        orders = []
        messages = []
        actions = []
    }

    private func result(of move: Move) -> MoveResult {
        if failing.contains(move) { return MoveResult(.failed(code: "broken", sentence: "\(move) is broken")) }
        return MoveResult(
            move == .unpack ? .unpacked(hooks) : .passed,
            sawNothing: blind.contains(move) ? true : nil,
            findings: move == .diagnose ? findings : nil
        )
    }
}

extension HealthProbe {
    static let healthy = HealthProbe(looks: [Look("answers", decides: true, .passed, took: .milliseconds(5))])

    static func unhealthy(reason: String) -> HealthProbe {
        HealthProbe(looks: [Look("answers", decides: true, .failed(reason), took: .milliseconds(7))])
    }

    static func blind(reason: String) -> HealthProbe {
        HealthProbe(looks: [Look("answers", decides: true, .blind(reason), took: .milliseconds(1))])
    }
}
