import NIOCore

/// Plaintext that the user has written and libssl has not yet seen, in order, with the promises that wait for it.
struct PendingWrites {
    /// Plaintext for one call of libssl. The promise stands for every write whose last byte is in it.
    struct Chunk {
        var bytes: ByteBuffer
        var promise: EventLoopPromise<Void>?

        fileprivate mutating func join(_ other: EventLoopPromise<Void>?) {
            guard let other else { return }
            guard let promise else {
                promise = other
                return
            }
            promise.futureResult.cascade(to: other)
        }
    }

    private struct Write {
        var bytes: ByteBuffer
        let promise: EventLoopPromise<Void>?
    }

    private var writes = CircularBuffer<Write>(initialCapacity: 2)
    private var flushedCount = 0
    /// All plaintext held here.
    private(set) var bytes = 0

    var isEmpty: Bool { writes.isEmpty }
    var hasFlushed: Bool { flushedCount > 0 }

    mutating func append(_ buffer: ByteBuffer, promise: EventLoopPromise<Void>?) {
        writes.append(Write(bytes: buffer, promise: promise))
        bytes += buffer.readableBytes
    }

    mutating func flush() {
        flushedCount = writes.count
    }

    /// Takes up to `bytes_max` from the front: small writes joined to one, of a large one a slice that shares its
    /// storage. nil when there is nothing to take.
    mutating func take(bytes_max: Int, flushedOnly: Bool) -> Chunk? {
        var available = flushedOnly ? flushedCount : writes.count
        guard available > 0, let first = writes.first else { return nil }

        guard available > 1, first.bytes.readableBytes < bytes_max else {
            var chunk = Chunk(bytes: ByteBuffer(), promise: nil)
            takeFront(into: &chunk, bytes_max: bytes_max) { $0.bytes = $1 }
            return chunk
        }
        var chunk = Chunk(bytes: ByteBuffer(), promise: nil)
        chunk.bytes.reserveCapacity(min(bytes, bytes_max))
        while available > 0, chunk.bytes.readableBytes < bytes_max {
            takeFront(into: &chunk, bytes_max: bytes_max - chunk.bytes.readableBytes) {
                $0.bytes.writeImmutableBuffer($1)
            }
            available -= 1
        }
        return chunk
    }

    /// Moves the first write, or as much of it as fits, into the chunk.
    private mutating func takeFront(
        into chunk: inout Chunk,
        bytes_max: Int,
        _ add: (inout Chunk, ByteBuffer) -> Void
    ) {
        let start = writes.startIndex
        let count = min(bytes_max, writes[start].bytes.readableBytes)
        if let slice = writes[start].bytes.readSlice(length: count) { add(&chunk, slice) }
        bytes -= count
        guard writes[start].bytes.readableBytes == 0 else { return }
        chunk.join(writes.removeFirst().promise)
        if flushedCount > 0 { flushedCount -= 1 }
    }

    /// Takes out what was written but not flushed; the caller fails the promises.
    mutating func takeUnflushed() -> [EventLoopPromise<Void>] {
        let unflushed = writes.dropFirst(flushedCount)
        bytes -= unflushed.reduce(0) { $0 + $1.bytes.readableBytes }
        let promises = unflushed.compactMap(\.promise)
        writes.removeLast(unflushed.count)
        return promises
    }

    mutating func takeAll() -> [EventLoopPromise<Void>] {
        flushedCount = 0
        return takeUnflushed()
    }
}
