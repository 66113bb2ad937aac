import NIOCore

/// A session's handler as the agent's task holds it.
struct DialledSession: Sendable {
    let eventLoop: any EventLoop
    let handler: NIOLoopBound<AgentSessionHandler>
    let secured: EventLoopFuture<Void>
    let ended: EventLoopFuture<LinkError>

    func begin(_ hello: Hello) {
        eventLoop.execute { handler.value.begin(hello) }
    }

    func resume() {
        eventLoop.execute { handler.value.resume() }
    }

    func finish(because error: LinkError) {
        eventLoop.execute { handler.value.finish(because: error) }
    }

    func end() async -> LinkError {
        do { return try await ended.get() } catch { return LinkError(transport: error) }
    }
}
