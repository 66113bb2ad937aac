import TimeAndChance

/// One agent's control session as the controller sees it: pure, without clock or socket.
///
/// `awaitingHello` becomes `opening` with the hello and `closed` at its deadline; `opening` becomes `open` when the
/// welcome has been sent; everything becomes `closed` at the first fault, and stays so. `now` is of a steady clock.
struct ControllerSession {
    /// From the end of the handshake to the hello, and from there to the welcome.
    static let helloWithin_default = Interval.seconds(5)

    private enum State {
        case awaitingHello(deadline: Instant)
        /// The service is asked, or an older session of the host is still being closed.
        case opening(deadline: Instant)
        case open(Liveness)
        case closed
    }

    private var state: State
    private var flood: FloodGuard
    private var backlog = WriteBacklog()
    private let helloWithin: Interval

    init(now: Instant, helloWithin: Interval = Self.helloWithin_default) {
        self.helloWithin = helloWithin
        state = .awaitingHello(deadline: now + helloWithin)
        flood = FloodGuard(now: now)
    }

    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    enum ReceivedAction: Equatable {
        case nothing
        /// Then call `welcomed`, once the welcome is written.
        case open(Hello)
        case deliver(AgentReport)
        case renew(certificateRequest: [UInt8])
        /// A newer agent's message; say so in the log.
        case ignoreUnknown
        /// Send the error as a farewell, then close.
        case close(LinkError)
    }

    mutating func received(_ message: AgentMessage, now: Instant) -> ReceivedAction {
        guard flood.admit(now: now) else { return close(.flooded) }
        switch state {
        case .closed:
            return .nothing
        case .awaitingHello:
            guard case .hello(let hello) = message else {
                return close(.outOfTurn("hello", "The first frame must be a hello."))
            }
            state = .opening(deadline: now + helloWithin)
            return .open(hello)
        case .opening:
            return close(.outOfTurn("hello", "Nothing may follow the hello before the welcome."))
        case .open(var liveness):
            liveness.heard(now: now)
            state = .open(liveness)
            return receivedWhileOpen(message)
        }
    }

    private mutating func receivedWhileOpen(_ message: AgentMessage) -> ReceivedAction {
        switch message {
        case .hello: close(.outOfTurn("hello", "A session has one hello."))
        case .report(let report): .deliver(report)
        case .renewal(let certificateRequest): .renew(certificateRequest: certificateRequest)
        case .heartbeat(_, let clock): clock.map { .deliver(.clock($0)) } ?? .nothing
        case .unknown: .ignoreUnknown
        }
    }

    /// The welcome has been written.
    mutating func welcomed(heartbeatEvery: Interval, now: Instant) {
        guard case .opening = state else { return }
        state = .open(Liveness(every: heartbeatEvery, now: now))
    }

    /// To be called at least once per heartbeat interval.
    mutating func tick(now: Instant) -> SessionTick {
        if isClosed { return .nothing }
        if backlog.isStalled(now: now) { return end(.slow) }
        switch state {
        case .closed:
            return .nothing
        case .awaitingHello(let deadline):
            return now < deadline ? .nothing : end(.overdue("No hello came within \(helloWithin)."))
        case .opening(let deadline):
            return now < deadline ? .nothing : end(.overdue("The session could not be opened in time."))
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

    /// The connection ended, or is to be cut.
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
