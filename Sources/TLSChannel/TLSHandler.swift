public import NIOCore

/// Speaks TLS on a channel: ciphertext towards the network, plaintext towards the user. Stands first in the pipeline.
///
/// Fires ``TLSHandshakeCompleted`` before the first plaintext and ``TLSError`` before it closes the channel for a
/// reason. Writes made before the handshake is done wait for it, up to a bound. Where the channel option
/// `allowRemoteHalfClosure` is set, the peer's close_notify arrives as `ChannelEvent.inputClosed`; otherwise it closes
/// the channel, as an end of file does without TLS. `close(mode: .output)` sends close_notify and goes on reading.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    let session: TLSSession
    var lifecycle = ConnectionLifecycle()
    var pending = PendingWrites()

    var handshakeDeadline: Scheduled<Void>?
    var closeDeadline: Scheduled<Void>?
    var closePromise: EventLoopPromise<Void>?
    var outputClosePromise: EventLoopPromise<Void>?

    private var isEncrypting = false
    private var isReadWanted = false
    private var hasDelivered = false

    var configuration: TLSConfiguration { session.library.configuration }

    /// One connection that a server has accepted.
    /// - Throws: ``TLSError`` when the context is a client's, or memory is short.
    public init(context: TLSContext) throws(TLSError) {
        session = try context.makeSession(serverName: nil)
    }

    /// One connection that a client makes.
    /// - Parameter serverName: what the server's certificate has to prove.
    /// - Throws: ``TLSError`` when the context is a server's, the name cannot be one, or memory is short.
    public init(context: TLSContext, serverName: TLSServerName) throws(TLSError) {
        session = try context.makeSession(serverName: serverName)
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        cancelDeadlines()
        lifecycle.finish()
        failPromises(ChannelError.ioOnClosedChannel)
    }

    public func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        begin(context)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        let end = lifecycle.transportEnded()
        lifecycle.finish()
        cancelDeadlines()
        switch end {
        case .handshakeInterrupted: surface(.handshakeInterrupted, context)
        case .truncated: surface(.truncated, context)
        case .expected, .passOn: failPromises(ChannelError.ioOnClosedChannel)
        }
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch lifecycle.transportEnded() {
        case .handshakeInterrupted: fail(.handshakeInterrupted, context)
        case .truncated: fail(.truncated, context)
        case .expected: settle(context)
        case .passOn: context.fireUserInboundEventTriggered(event)
        }
    }
}

// A handler belongs to one event loop.
@available(*, unavailable)
extension TLSHandler: Sendable {}

// MARK: handshake

extension TLSHandler {
    private func begin(_ context: ChannelHandlerContext) {
        guard lifecycle.transportReady() else { return }
        handshakeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.handshakeTimeout) {
            guard self.lifecycle.phase == .handshaking else { return }
            self.fail(.handshakeTimedOut, context)
        }
        shakeHands(context)
        // Whoever reads by hand will not do so before there is something to read.
        if lifecycle.phase == .handshaking { context.read() }
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        let outcome = session.handshake()
        sendCiphertext(context)
        switch outcome {
        case .incomplete:
            return
        case .complete:
            announceAgreement(context)
        case .failed(.peerClosed):
            fail(.handshakeInterrupted, context)
        case .failed(.library(let failure)):
            fail(session.error(for: failure), context)
        }
    }

    private func announceAgreement(_ context: ChannelHandlerContext) {
        let agreement: TLSHandshakeCompleted
        do {
            agreement = try session.agreement()
        } catch {
            fail(error, context)
            return
        }
        handshakeDeadline?.cancel()
        handshakeDeadline = nil
        lifecycle.handshakeCompleted()
        context.fireUserInboundEventTriggered(agreement)
        encrypt(context)
        settle(context)
    }
}

// MARK: from the network to the user

extension TLSHandler {
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard lifecycle.phase == .handshaking || lifecycle.phase == .established else { return }
        session.receive(unwrapInboundIn(data))
        if lifecycle.phase == .handshaking { shakeHands(context) }
        // The last message of the handshake may have come with plaintext behind it.
        if lifecycle.phase == .established { decrypt(context) }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        var plaintext = ByteBuffer()
        let outcome = session.readAll(into: &plaintext)
        sendCiphertext(context)  // an alert, or nothing
        if plaintext.readableBytes > 0, lifecycle.deliversInput {
            hasDelivered = true
            context.fireChannelRead(wrapInboundOut(plaintext))
        }
        // By now the user may have closed the connection; the lifecycle knows.
        switch outcome {
        case .complete, .incomplete:
            return
        case .failed(.peerClosed):
            session.discardReceived()
            peerEnded(context)
        case .failed(.library(let failure)):
            fail(session.error(for: failure), context)
        }
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        if hasDelivered {
            isReadWanted = false
            hasDelivered = false
        }
        context.fireChannelReadComplete()
        // Bytes came, but no plaintext for whoever asked: only another read can bring it.
        if isReadWanted || lifecycle.awaitsPeer { context.read() }
    }

    public func read(context: ChannelHandlerContext) {
        isReadWanted = true
        context.read()
    }
}

// MARK: from the user to the network

extension TLSHandler {
    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard lifecycle.acceptsWrites else {
            promise?.fail(lifecycle.phase == .finished ? ChannelError.ioOnClosedChannel : ChannelError.outputClosed)
            return
        }
        pending.append(unwrapOutboundIn(data), promise: promise)
        if lifecycle.phase == .established {
            // So much without a flush: let it count where the channel's writability is measured.
            if pending.bytes >= TLSSession.write_bytes_max { encrypt(context, flushedOnly: false) }
        } else if pending.bytes > configuration.earlyWriteBytes_max {
            fail(.earlyWritesTooLarge(bytes_max: configuration.earlyWriteBytes_max), context)
        }
    }

    public func flush(context: ChannelHandlerContext) {
        pending.flush()
        encrypt(context)
        context.flush()
        settle(context)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        encrypt(context)
        settle(context)
        context.fireChannelWritabilityChanged()
    }

    /// Encrypts pending plaintext as long as the channel takes more; what is left waits for its writability to change.
    ///
    /// Completing a write may call the user, who writes again: such a call finds `isEncrypting` set and leaves its
    /// bytes to the loop that is running, so the order holds and the stack stays flat.
    private func encrypt(_ context: ChannelHandlerContext, flushedOnly: Bool = true) {
        guard lifecycle.phase == .established, !isEncrypting else { return }
        isEncrypting = true
        defer { isEncrypting = false }
        while lifecycle.phase == .established, context.channel.isWritable {
            let hasFlushed = pending.hasFlushed
            guard let chunk = pending.take(bytes_max: TLSSession.write_bytes_max, flushedOnly: flushedOnly) else {
                return
            }
            if let error = session.write(chunk.bytes) {
                chunk.promise?.fail(error)
                fail(error, context)
                return
            }
            context.write(wrapOutboundOut(session.takeCiphertext() ?? ByteBuffer()), promise: chunk.promise)
            if hasFlushed { context.flush() }
        }
    }

    /// Handshake messages, alerts, close_notify.
    func sendCiphertext(_ context: ChannelHandlerContext) {
        guard let ciphertext = session.takeCiphertext() else { return }
        context.writeAndFlush(wrapOutboundOut(ciphertext), promise: nil)
    }
}
