import TrainModel

/// One piece of work that the shell does for an attempt and that the journal knows by name.
///
/// "New" is the deployment that the order asks for, "old" the one that the host ran when the attempt began.
public enum Move: String, Hashable, Sendable, Codable, CaseIterable {
    case fetch, unpack, drainOld, stopOld, switchToNew, installNew, startNew, verifyNew, smokeNew
    /// Asks whether the ordered version runs although a step failed.
    case recheckNew
    /// Runs the look-ups of the failure rule that matched.
    case diagnose
    case stopNew, switchToOld, startOld, verifyOld, smokeOld

    /// The way to `applied`. Fetching and unpacking cost no downtime and come first.
    static let forward: [Move] = [
        .fetch, .unpack, .drainOld, .stopOld, .switchToNew, .installNew, .startNew, .verifyNew, .smokeNew,
    ]

    /// The way to `applied` for a restart: nothing is brought and nothing switched.
    static let restart: [Move] = [.drainOld, .stopOld, .startNew, .verifyNew, .smokeNew]

    /// Whether, where it failed, the ordered version may run all the same.
    var mayHaveWorked: Bool {
        switch self {
        case .installNew, .startNew, .verifyNew, .smokeNew: true
        default: false
        }
    }

    /// The step that people read when the move belongs to the way forward.
    var step: Step {
        switch self {
        case .fetch: .fetch
        case .unpack: .unpack
        case .drainOld: .drain
        case .stopOld, .stopNew: .stop
        case .switchToNew, .switchToOld: .switch
        case .installNew: .install
        case .startNew, .startOld: .start
        case .verifyNew, .verifyOld, .recheckNew: .verify
        case .smokeNew, .smokeOld: .smoke
        case .diagnose: .return
        }
    }

    /// What people read of a move that is not, or not only, a step of the way forward.
    var wordOnWayBack: String { self == .diagnose ? "look-ups" : step.rawValue }

    /// The hook to run; nil: the agent's own work, or only a look, which may always be repeated.
    public var hook: HookName? {
        switch self {
        case .drainOld: .drain
        case .stopOld, .stopNew: .stop
        case .installNew: .install
        case .startNew, .startOld: .start
        case .verifyNew, .verifyOld: .verify
        case .fetch, .unpack, .switchToNew, .switchToOld, .smokeNew, .smokeOld, .recheckNew, .diagnose: nil
        }
    }

    public var concernsOld: Bool {
        switch self {
        case .drainOld, .stopOld, .switchToOld, .startOld, .verifyOld, .smokeOld: true
        case .fetch, .unpack, .switchToNew, .installNew, .startNew, .verifyNew, .smokeNew, .stopNew, .recheckNew,
            .diagnose:
            false
        }
    }
}

/// Forward to what the order asks for, or back to what ran before.
public enum Way: String, Hashable, Sendable, Codable {
    case forward, back
}
