/// Whether a push that was cut is tried again, and when. Decides only.
struct PushAttempts {
    /// In a row that brought nothing forward: some 30 s, in which a controller starts again.
    static let fruitless_max = 7

    private var fruitless = 0
    private var furthest_bytes: Int?
    private var wasWrong = false

    /// The controller has answered, and the rest is sent from this byte on.
    mutating func begins(at stored_bytes: Int) {
        if stored_bytes > furthest_bytes ?? .max { fruitless = 0 }
        furthest_bytes = max(furthest_bytes ?? 0, stored_bytes)
    }

    /// Nil: it is over. Whoever has never been answered is not there, or is somebody else.
    mutating func wait(after failure: CommandFailure) -> Duration? {
        guard furthest_bytes != nil else { return nil }
        switch (failure.status, failure.code) {
        case (.unreachable, _), (_, "stopping"), (_, "wrong_offset"): break
        case (_, "bundle_mismatch"):
            // What lay there from an earlier push was not this bundle; it is gone, and all is sent once.
            guard !wasWrong else { return nil }
            wasWrong = true
        default: return nil
        }
        guard fruitless < Self.fruitless_max else { return nil }
        fruitless += 1
        return .milliseconds(250 << (fruitless - 1))
    }
}
