import TimeAndChance

/// The control session as the agent sees it: pure, without clock or socket.
///
/// `awaitingWelcome` becomes `open` with the welcome and `closed` at its deadline; `open` becomes `closed` with a
/// farewell, a fault or silence, and stays so. `now` is of a steady clock.
struct AgentSession {
    /// From the end of the handshake to the welcome; longer than a controller under a reconnect storm needs.
    static let welcomeWithin = Interval.seconds(15)

    private enum State {
        case awaitingWelcome(deadline: Instant)
        case open(Liveness)
        case closed
    }

    private var state: State
    private var flood: FloodGuard
    private var backlog = WriteBacklog()

    init(now: Instant) {
        state = .awaitingWelcome(deadline: now + Self.welcomeWithin)
        flood = FloodGuard(now: now)
    }

    var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    enum ReceivedAction: Equatable {
        case nothing
        case deliver(ControllerEvent)
        /// A newer controller's message; say so in the log.
        case ignoreUnknown
        case close(LinkError)
    }

    mutating func received(_ message: ControllerMessage, now: Instant) -> ReceivedAction {
        guard flood.admit(now: now) else { return close(.flooded) }
        switch (state, message) {
        case (.closed, _):
            return .nothing
        case (_, .farewell(let farewell)):
            return close(LinkError(farewell))
        case (.awaitingWelcome, .welcome(let welcome)):
            state = .open(Liveness(every: welcome.heartbeatEvery, now: now))
            return .deliver(.connected(welcome))
        case (.awaitingWelcome, _):
            return close(.outOfTurn("welcome", "The first frame must be a welcome or a farewell."))
        case (.open(var liveness), _):
            liveness.heard(now: now)
            state = .open(liveness)
            return receivedWhileOpen(message)
        }
    }

    private mutating func receivedWhileOpen(_ message: ControllerMessage) -> ReceivedAction {
        switch message {
        case .welcome, .farewell: close(.outOfTurn("welcome", "A session has one welcome."))
        case .order(let envelope): .deliver(.order(envelope))
        case .receiptStored(let order): .deliver(.receiptStored(order))
        case .renewal(let answer): .deliver(.renewal(answer))
        case .heartbeat(let head, _): head.map { .deliver(.headShown($0)) } ?? .nothing
        case .unknown: .ignoreUnknown
        }
    }

    /// To be called at least once per heartbeat interval.
    mutating func tick(now: Instant) -> SessionTick {
        if isClosed { return .nothing }
        if backlog.isStalled(now: now) { return end(.slow) }
        switch state {
        case .closed:
            return .nothing
        case .awaitingWelcome(let deadline):
            return now < deadline ? .nothing : end(.overdue("No welcome came within \(Self.welcomeWithin)."))
        case .open(var liveness):
            let verdict = liveness.tick(now: now)
            state = .open(liveness)
            switch verdict {
            case .wait: return .nothing
            case .beat(let number): return .beat(number: number)
            case .silent: return end(.silent)
            }
        }
    }

    /// Bytes were written while the channel was not writable. An error: close, and send nothing more.
    mutating func queued(_ bytes: Int, now: Instant) -> LinkError? {
        guard !isClosed, !backlog.queued(bytes, now: now) else { return nil }
        state = .closed
        return .slow
    }

    /// Bytes that were queued have left.
    mutating func sent(_ bytes: Int, now: Instant) {
        backlog.sent(bytes, now: now)
    }

    /// The connection ended, or is to be ended.
    ///
    /// - Returns: whether it was not closed before.
    mutating func end() -> Bool {
        defer { state = .closed }
        return !isClosed
    }

    private mutating func close(_ error: LinkError) -> ReceivedAction {
        if isClosed { return .nothing }
        state = .closed
        return .close(error)
    }

    private mutating func end(_ error: LinkError) -> SessionTick {
        state = .closed
        return .close(error)
    }
}
