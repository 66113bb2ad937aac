import NIOCore

/// What can be done to any connection of a known host, on its event loop.
protocol HostConnectionHandler: AnyObject {
    /// The connection waited for an older session and may be the session now.
    func open()
    /// Writes one frame, if the session is open.
    func send(_ frame: ByteBuffer)
    /// Says goodbye and closes.
    func cut(_ farewell: Farewell, because error: LinkError)
}

/// A connection of a known host, as other threads may hold it.
final class HostConnection: Sendable {
    let eventLoop: any EventLoop
    private let handler: NIOLoopBound<any HostConnectionHandler>

    init(_ handler: any HostConnectionHandler, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
    }

    /// On the event loop only.
    func sendOnLoop(_ frame: ByteBuffer) {
        handler.value.send(frame)
    }

    func send(_ frame: ByteBuffer) {
        eventLoop.execute { self.handler.value.send(frame) }
    }

    func open() {
        eventLoop.execute { self.handler.value.open() }
    }

    func cut(_ farewell: Farewell, because error: LinkError) {
        eventLoop.execute { self.handler.value.cut(farewell, because: error) }
    }
}
