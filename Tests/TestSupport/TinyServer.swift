import Glibc
import Synchronization

/// A port of the loopback address that refuses connections: held, so that no other test listens there meanwhile.
public final class DeadPort: Sendable {
    public let number: UInt16
    private let socket: Int32

    public init() throws {
        socket = try TinyServer.bound()
        number = try TinyServer.port(of: socket)
    }

    deinit { close(socket) }
}

/// Listens on a free port of the loopback address and gives every connection to a closure on a thread of its own.
public final class TinyServer: Sendable {
    public let port: UInt16
    private let listener: Int32

    public struct Failure: Error { let call: String, number: Int32 }

    /// - Parameter serve: gets each connection, which is closed when it returns.
    public init(_ serve: @escaping @Sendable (TinyConnection) -> Void) throws {
        let listener = try Self.listen()
        self.listener = listener
        port = try Self.port(of: listener)
        try Self.startThread {
            while case let number = accept(listener, nil, nil), number >= 0 || Self.passes(errno) {
                if number >= 0 { try? Self.startThread { serve(TinyConnection(number)) } } else { usleep(10_000) }
            }
            close(listener)
        }
    }

    /// A client that is gone already, or too many descriptors for a moment.
    private static func passes(_ number: Int32) -> Bool {
        [EINTR, ECONNABORTED, EMFILE, ENFILE].contains(number)
    }

    deinit {
        // Wakes the accepting thread, which closes it.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    private static func listen() throws -> Int32 {
        let socket = try bound()
        guard Glibc.listen(socket, 1_024) == 0 else { throw Failure(call: "listen", number: errno) }
        return socket
    }

    fileprivate static func bound() throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(call: "bind", number: errno) }
        return listener
    }

    fileprivate static func port(of listener: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        guard result == 0 else { throw Failure(call: "getsockname", number: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func startThread(_ run: @escaping @Sendable () -> Void) throws {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Work(run)).toOpaque()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            context
        )
        guard result == 0 else { throw Failure(call: "pthread_create", number: result) }
        pthread_detach(thread)
    }
}

/// The server's end of a connection. Stays on its thread.
public final class TinyConnection {
    private let number: Int32
    private var unread: [UInt8] = []

    public init(_ number: Int32) { self.number = number }

    /// The client's end of a connection to a port of the loopback address.
    public init(dialling port: UInt16) throws {
        number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw TinyServer.Failure(call: "connect", number: errno) }
    }

    deinit { close(number) }

    /// Hands on what comes from either side until one closes, or `handsOn` lets fewer bytes pass than came from this one.
    public func relay(to other: TinyConnection, handsOn: (_ count: Int) -> Int) {
        while true {
            var ends = [number, other.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&ends, 2, -1) > 0 else { return }
            if ends[0].revents != 0 {
                guard readMore() else { return }
                let count = handsOn(unread.count)
                guard other.send(Array(unread.prefix(count))) else { return }
                // What was handed on is to arrive: an end that is closed with something unread resets the connection.
                guard count == unread.count else { return other.finish() }
                unread = []
            }
            if ends[1].revents != 0 {
                guard other.readMore(), send(other.unread) else { return }
                other.unread = []
            }
        }
    }

    /// The next request with its body; nil when the client has closed.
    public func request() -> TinyRequest? {
        while true {
            if let request = TinyRequest(unread) {
                unread = []
                return request
            }
            guard readMore() else { return nil }
        }
    }

    /// Returns when the client has closed.
    public func waitForClose() {
        while readMore() {}
    }

    private func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(number, &buffer, buffer.count)
        guard count > 0 else { return false }
        unread += buffer.prefix(count)
        return true
    }

    /// Sends no more, and returns when the other side has closed.
    public func finish() {
        shutdown(number, Int32(SHUT_WR))
        waitForClose()
    }

    /// False when the client has closed.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(number, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    public func respond(_ status: String = "200 OK", headers: String..., body: String = "") {
        let lines = headers.map { "\($0)\r\n" }.joined()
        send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)")
    }

    /// Begins an answer of unknown length.
    public func beginChunks() { send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") }

    @discardableResult
    public func sendChunk(_ text: String) -> Bool {
        send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    public func endChunks() { send("0\r\n\r\n") }
}

/// A request with a body of announced length.
public struct TinyRequest: Sendable {
    public let line: String
    public let headers: [String]
    public let body: [UInt8]

    /// Nil while it is not complete.
    public init?(_ bytes: [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        guard let split = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let length = lines.compactMap { line -> Int? in
            line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
        }
        let body = bytes[(split + end.count)...]
        guard body.count >= length.first ?? 0, let first = lines.first else { return nil }
        line = first
        headers = Array(lines.dropFirst())
        self.body = Array(body)
    }
}

/// A value that one side sets and the other waits for.
public final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    public init() { (stream, continuation) = AsyncStream.makeStream() }

    public func send(_ value: Value) { continuation.yield(value) }

    public func next() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

/// A count that other threads wait for.
public final class Permits: Sendable {
    // Unsafe only in name: a POSIX semaphore is made for several threads.
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    public init() { sem_init(semaphore, 0, 0) }
    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    public func give() { sem_post(semaphore) }
    public func take() { while sem_wait(semaphore) != 0 {} }
}
