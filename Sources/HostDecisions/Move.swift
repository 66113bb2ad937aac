import TrainModel

/// One piece of work that the shell does for an attempt and that the journal knows by name.
///
/// "New" is the deployment that the order asks for, "old" the one that the host ran when the attempt began.
public enum Move: String, Hashable, Sendable, Codable, CaseIterable {
    case fetch, unpack, drainOld, stopOld, switchToNew, installNew, startNew, verifyNew, smokeNew
    case stopNew, switchToOld, startOld, verifyOld, smokeOld

    /// The way to `applied`. Fetching and unpacking cost no downtime and come first.
    static let forward: [Move] = [
        .fetch, .unpack, .drainOld, .stopOld, .switchToNew, .installNew, .startNew, .verifyNew, .smokeNew,
    ]

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
        case .verifyNew, .verifyOld: .verify
        case .smokeNew, .smokeOld: .smoke
        }
    }

    /// The hook to run; nil: the agent's own work, which may always be repeated.
    public var hook: HookName? {
        switch self {
        case .drainOld: .drain
        case .stopOld, .stopNew: .stop
        case .installNew: .install
        case .startNew, .startOld: .start
        case .verifyNew, .verifyOld: .verify
        case .fetch, .unpack, .switchToNew, .switchToOld, .smokeNew, .smokeOld: nil
        }
    }

    public var concernsOld: Bool {
        switch self {
        case .drainOld, .stopOld, .switchToOld, .startOld, .verifyOld, .smokeOld: true
        case .fetch, .unpack, .switchToNew, .installNew, .startNew, .verifyNew, .smokeNew, .stopNew: false
        }
    }
}

/// Forward to what the order asks for, or back to what ran before.
public enum Way: String, Hashable, Sendable, Codable {
    case forward, back
}
