import NIOCore

extension TLSHandler {
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .all: closeAll(context, promise)
        case .output: closeOutput(context, promise)
        // TLS has no word for "stop sending", and to stop reading would lose the peer's alerts.
        case .input: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    private func closeOutput(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        pending.flush()
        guard lifecycle.endOutput() else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        outputClosePromise = promise
        flush(context: context)
    }

    private func closeAll(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        switch lifecycle.close() {
        case .closeNow:
            join(promise)
            finish(context)
        case .closeInOrder:
            join(promise)
            takeLeave(context)
        case .waitForEarlierClose:
            join(promise)
        case .alreadyClosed:
            context.close(promise: promise)
        }
    }

    private func join(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if let closePromise {
            closePromise.futureResult.cascade(to: promise)
        } else {
            closePromise = promise
        }
    }

    func peerEnded(_ context: ChannelHandlerContext) {
        let options = context.channel.syncOptions
        // lint: a channel that does not know the option does not allow it
        let halfClosureAllowed = (try? options?.getOption(.allowRemoteHalfClosure)) ?? false  // lint: see above
        switch lifecycle.peerEnded(halfClosureAllowed: halfClosureAllowed) {
        case .announceInputClosed:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            settle(context)
        case .closeInOrder:
            takeLeave(context)
        case .nothing:
            settle(context)
        }
    }

    /// Both directions are to end: within the close timeout in order, after it without.
    private func takeLeave(_ context: ChannelHandlerContext) {
        closeDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: configuration.closeTimeout) {
            guard self.lifecycle.phase == .established else { return }
            self.closeDeadlinePassed(context)
        }
        // As without TLS, closing drops what was written but never flushed.
        for promise in pending.takeUnflushed() { promise.fail(ChannelError.ioOnClosedChannel) }
        flush(context: context)
        if lifecycle.awaitsPeer { context.read() }
    }

    /// Lost flushed bytes are an error; a peer that merely keeps its close_notify to itself is not.
    private func closeDeadlinePassed(_ context: ChannelHandlerContext) {
        if pending.isEmpty { finish(context) } else { fail(.closeTimedOut, context) }
    }

    /// Does what the lifecycle finds due.
    func settle(_ context: ChannelHandlerContext) {
        while true {
            switch lifecycle.nextStep(hasPendingWrites: !pending.isEmpty) {
            case .wait:
                return
            case .sendCloseNotify:
                session.sendCloseNotify()
                lifecycle.closeNotifySent()
                sendCiphertext(context)
                // The transport's own end behind it, for peers that look only for that.
                let promise = outputClosePromise
                outputClosePromise = nil
                context.close(mode: .output, promise: promise)
            case .closeChannel:
                finish(context)
            }
        }
    }

    /// Closes the channel; the connection has come to its end.
    private func finish(_ context: ChannelHandlerContext) {
        lifecycle.finish()
        cancelDeadlines()
        let promise = closePromise
        closePromise = nil
        failPromises(ChannelError.ioOnClosedChannel)
        context.close(mode: .all, promise: promise)
    }

    /// Tells the user why, then closes the channel. The alert, if libssl made one, is on its way.
    func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        guard lifecycle.phase != .finished else { return }
        lifecycle.finish()
        cancelDeadlines()
        session.discardReceived()
        sendCiphertext(context)
        let promise = closePromise
        closePromise = nil
        surface(error, context)
        context.close(mode: .all, promise: promise)
    }

    /// Fails what waits, then fires the error. The lifecycle has been finished before: both call the user.
    func surface(_ error: TLSError, _ context: ChannelHandlerContext) {
        failPromises(error)
        context.fireErrorCaught(error)
    }

    /// The user's wish to close comes true whatever the reason; everything else fails.
    func failPromises(_ error: any Error) {
        let writes = pending.takeAll()
        let outputClose = outputClosePromise
        let close = closePromise
        outputClosePromise = nil
        closePromise = nil
        for promise in writes { promise.fail(error) }
        outputClose?.fail(error)
        close?.succeed()
    }

    func cancelDeadlines() {
        handshakeDeadline?.cancel()
        closeDeadline?.cancel()
        handshakeDeadline = nil
        closeDeadline = nil
    }
}
