/// What a connection may still do. Decided here, carried out by ``TLSHandler``; knows neither channels nor libssl.
///
/// Each direction ends on its own: ours with the close_notify we send, the peer's with the one it sends.
struct ConnectionLifecycle {
    enum Phase {
        /// No transport yet. To `handshaking` when there is one, to `finished` when it is closed before.
        case idle
        /// To `established` when both sides have proved what they have to, to `finished` by any failure.
        case handshaking
        /// To `finished` when both directions have ended, or by any failure.
        case established
        case finished
    }

    private enum Output {
        /// To `draining` when the user or the peer wants an end.
        case open
        /// Takes no more writes; to `ended` with close_notify, once the earlier ones are out.
        case draining
        case ended
    }

    private(set) var phase = Phase.idle
    private var output = Output.open
    private var isInputEnded = false
    /// The user wants the whole connection closed, so nothing more is delivered.
    private(set) var isClosing = false

    var acceptsWrites: Bool { phase != .finished && output == .open }
    var deliversInput: Bool { phase == .established && !isInputEnded && !isClosing }
    /// Bytes are awaited that the user may never ask for.
    var awaitsPeer: Bool { phase == .handshaking || phase == .established && isClosing && !isInputEnded }

    /// - Returns: whether the handshake begins now.
    mutating func transportReady() -> Bool {
        guard phase == .idle else { return false }
        phase = .handshaking
        return true
    }

    mutating func handshakeCompleted() {
        precondition(phase == .handshaking, "only a handshake can complete")
        phase = .established
    }

    /// The user ends our direction.
    /// - Returns: false when it had ended already.
    mutating func endOutput() -> Bool {
        guard acceptsWrites else { return false }
        output = .draining
        return true
    }

    enum CloseAction {
        /// There is nobody to take leave of.
        case closeNow
        /// Flushed writes first, then close_notify both ways, within the close timeout.
        case closeInOrder
        case waitForEarlierClose
        case alreadyClosed
    }

    mutating func close() -> CloseAction {
        switch phase {
        case .idle, .handshaking:
            return .closeNow
        case .established:
            if isClosing { return .waitForEarlierClose }
            isClosing = true
            if output == .open { output = .draining }
            return .closeInOrder
        case .finished:
            return .alreadyClosed
        }
    }

    enum PeerEndAction {
        /// The user may go on writing.
        case announceInputClosed
        case closeInOrder
        case nothing
    }

    /// close_notify came.
    mutating func peerEnded(halfClosureAllowed: Bool) -> PeerEndAction {
        guard phase == .established, !isInputEnded else { return .nothing }
        isInputEnded = true
        if isClosing { return .nothing }
        if halfClosureAllowed { return .announceInputClosed }
        isClosing = true
        if output == .open { output = .draining }
        return .closeInOrder
    }

    enum TransportEndAction {
        case handshakeInterrupted
        case truncated
        /// The end had been announced, or nobody waits for it.
        case expected
        /// TLS had not begun.
        case passOn
    }

    /// The transport delivers no more bytes.
    mutating func transportEnded() -> TransportEndAction {
        switch phase {
        case .idle, .finished:
            return .passOn
        case .handshaking:
            return .handshakeInterrupted
        case .established:
            // Who is closing has stopped listening, and many peers do not say close_notify in return.
            guard isInputEnded || isClosing else { return .truncated }
            isInputEnded = true
            return .expected
        }
    }

    enum Step {
        case wait
        case sendCloseNotify
        case closeChannel
    }

    /// What is due now.
    func nextStep(hasPendingWrites: Bool) -> Step {
        guard phase == .established else { return .wait }
        switch output {
        case .open: return .wait
        case .draining: return hasPendingWrites ? .wait : .sendCloseNotify
        case .ended: return isInputEnded ? .closeChannel : .wait
        }
    }

    mutating func closeNotifySent() {
        precondition(output == .draining, "close_notify is sent once, behind the last write")
        output = .ended
    }

    mutating func finish() {
        phase = .finished
    }
}
