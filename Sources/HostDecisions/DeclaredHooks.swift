/// A part of an order's work that the bundle itself does.
public enum HookName: String, Hashable, Sendable, Codable, CaseIterable {
    case drain, stop, install, start, verify
}

/// Which hooks a bundle has, and which of them may run once more when a crash hid their outcome. Nil: has none.
public struct DeclaredHooks: Hashable, Sendable, Codable {
    public enum Repetition: String, Hashable, Sendable, Codable {
        /// At most once for one attempt.
        case once
        /// Running it twice does what running it once does.
        case repeatable
    }

    public let drain: Repetition?
    public let stop: Repetition?
    public let install: Repetition?
    public let start: Repetition?
    public let verify: Repetition?

    public init(
        drain: Repetition? = nil,
        stop: Repetition? = nil,
        install: Repetition? = nil,
        start: Repetition? = nil,
        verify: Repetition? = nil
    ) {
        self.drain = drain
        self.stop = stop
        self.install = install
        self.start = start
        self.verify = verify
    }

    public subscript(hook: HookName) -> Repetition? {
        switch hook {
        case .drain: drain
        case .stop: stop
        case .install: install
        case .start: start
        case .verify: verify
        }
    }
}
