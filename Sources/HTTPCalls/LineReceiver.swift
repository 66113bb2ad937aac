import Glibc
import Synchronization

/// Cuts a body into lines and keeps them for one reader; asks for no more bytes while many lines wait.
final class LineReceiver: ResponseReceiver {
    private enum Ending {
        case complete
        case failed(HTTPCallError)
    }

    private struct State {
        var head: HTTPHead?
        /// Complete lines, the next one last, so that taking one is cheap.
        var ready: [[UInt8]] = []
        /// Complete lines behind those, in order.
        var arriving: [[UInt8]] = []
        var unfinished: [UInt8] = []
        var waiting_bytes = 0
        var isPaused = false
        var ending: Ending?
        /// Resumed when anything above has changed.
        var waiter: CheckedContinuation<Void, Never>?
        /// Once it was read, the head is no news.
        var isHeadRead = false

        var hasNews: Bool { !ready.isEmpty || !arriving.isEmpty || ending != nil || (head != nil && !isHeadRead) }

        mutating func takeLine() -> Taken? {
            if ready.isEmpty {
                ready = arriving.reversed()
                arriving = []
            }
            guard let line = ready.popLast() else { return nil }
            waiting_bytes -= line.count + 1
            let mayResume = isPaused && waiting_bytes < LineReceiver.waitingBytes_max / 2
            if mayResume { isPaused = false }
            return (line, mayResume)
        }
    }

    /// Beyond this no more bytes are taken until lines are read.
    fileprivate static let waitingBytes_max = 256 * 1024

    private let lineBytes_max: Int
    private let state = Mutex(State())

    init(lineBytes_max: Int) {
        self.lineBytes_max = lineBytes_max
    }

    // MARK: On the client's thread

    func begin(_ head: HTTPHead) { change { $0.head = head } }

    func take(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        try change { state in
            guard state.waiting_bytes < Self.waitingBytes_max else {
                state.isPaused = true
                return false
            }
            var rest = bytes
            while let length = Self.lengthOfLine(rest) {
                try Self.append(rest.prefix(length), to: &state.unfinished, lineBytes_max)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length + 1))
                state.arriving.append(state.unfinished)
                state.waiting_bytes += state.unfinished.count + 1
                state.unfinished = []
            }
            try Self.append(rest[...], to: &state.unfinished, lineBytes_max)
            return true
        }
    }

    func end(_ failure: HTTPCallError?) {
        change { state in
            if failure == nil, !state.unfinished.isEmpty {
                state.waiting_bytes += state.unfinished.count + 1
                state.arriving.append(state.unfinished)
            }
            state.ending = failure.map { .failed($0) } ?? .complete
        }
    }

    /// Nil when there is no line feed.
    private static func lengthOfLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress, let feed = memchr(start, 0x0a, bytes.count) else { return nil }
        return UnsafeRawPointer(feed) - start
    }

    private static func append(
        _ bytes: Slice<UnsafeRawBufferPointer>,
        to line: inout [UInt8],
        _ bytes_max: Int
    ) throws {
        guard line.count + bytes.count <= bytes_max else {
            throw ResponseTooLarge(what: "a line", bytes_max: bytes_max)
        }
        line.append(contentsOf: bytes)
    }

    private func change<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
        defer { wake() }
        return try state.withLock { try body(&$0) }
    }

    private func wake() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

// MARK: For the reader

extension LineReceiver {
    /// A line, or nil at the end; and whether the transfer waits to be resumed.
    typealias Taken = (line: [UInt8]?, mayResume: Bool)

    /// Waits for the head.
    func head() async throws(HTTPCallError) -> HTTPHead {
        while true {
            let (head, ending) = state.withLock { state in
                state.isHeadRead = state.head != nil
                return (state.head, state.ending)
            }
            if let head { return head }
            switch ending {
            case .failed(let failure): throw failure
            case .complete: preconditionFailure("a transfer without failure has a head")
            case nil: await change()
            }
        }
    }

    /// Waits for the next line. What arrived before a failure comes before it.
    func line() async throws(HTTPCallError) -> Taken {
        while true {
            let (taken, ending) = state.withLock { ($0.takeLine(), $0.ending) }
            if let taken { return taken }
            switch ending {
            case .failed(let failure): throw failure
            case .complete: return (nil, false)
            case nil: await change()
            }
        }
    }

    /// Returns when something is there to look at.
    private func change() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                precondition(state.waiter == nil, "a stream of lines has one reader")
                let isThere = state.hasNews
                if !isThere { state.waiter = continuation }
                return isThere
            }
            if isThere { continuation.resume() }
        }
    }
}
