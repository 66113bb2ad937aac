import CZlib

/// Compresses a stream of any length in constant memory, and owns zlib's state.
///
/// The same input in any pieces gives the same output on every run: a gzip header carries no time, no name and no
/// operating system. (Another implementation of zlib may choose other, equally valid bytes.)
public struct Deflater: ~Copyable {
    private static let level: Int32 = 6
    private static let memoryLevel: Int32 = 8
    private static let unknownSystem: Int32 = 255

    /// zlib's state points back at its stream, so the stream must not move; the header is read until it is written.
    private let stream: UnsafeMutablePointer<z_stream>
    private let header: UnsafeMutablePointer<gz_header>
    private let extra: UnsafeMutableBufferPointer<UInt8>
    private let format: CompressionFormat
    private let scratch: UnsafeMutableRawBufferPointer
    private var unusable: ZlibError?

    /// Fails only for want of memory.
    ///
    /// - Parameter extra: what a gzip header carries in its extra field, in the sub-fields of RFC 1952; none for zlib.
    public init(format: CompressionFormat, extra: [UInt8] = []) throws(ZlibError) {
        precondition(extra.isEmpty || format == .gzip, "only gzip has an extra field")
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Z_OK; Z_MEM_ERROR; Z_STREAM_ERROR and Z_VERSION_ERROR mean a wrong build and cannot be handled.
        let result = deflateInit2_(
            stream,
            Self.level,
            Z_DEFLATED,
            format.windowBits,
            Self.memoryLevel,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard result == Z_OK else {
            stream.deallocate()
            throw ZlibError(.outOfMemory, offset: 0, "zlib could not start to deflate (\(result)): free some memory")
        }
        let header = UnsafeMutablePointer<gz_header>.allocate(capacity: 1)
        header.initialize(to: gz_header())
        header.pointee.os = Self.unknownSystem
        let extraCopy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: extra.count)
        _ = extraCopy.initialize(from: extra)
        if !extra.isEmpty {
            header.pointee.extra = extraCopy.baseAddress
            header.pointee.extra_len = UInt32(extra.count)
        }
        self.stream = stream
        self.header = header
        self.extra = extraCopy
        self.format = format
        scratch = .allocate(byteCount: scratchSize_bytes, alignment: 16)
        offerHeader()
    }

    /// zlib writes it before the first byte of the next stream.
    private func offerHeader() {
        guard format == .gzip else { return }
        // Z_OK; Z_STREAM_ERROR only for another format.
        let result = deflateSetHeader(stream, header)
        precondition(result == Z_OK, "a gzip stream that has not begun takes a header")
    }

    /// Begins another stream that knows nothing of the one before.
    public mutating func restart() {
        // Z_OK; Z_STREAM_ERROR only for a state that this type does not let arise.
        let result = deflateReset(stream)
        precondition(result == Z_OK, "a deflate stream is used by its one owner only")
        offerHeader()
        unusable = nil
    }

    deinit {
        // Z_DATA_ERROR only says that the stream was given up early.
        _ = deflateEnd(stream)
        stream.deallocate()
        header.deallocate()
        extra.deallocate()
        scratch.deallocate()
    }

    /// Takes the next piece and hands on what is ready, perhaps nothing. The span is only valid inside `sink`.
    public mutating func compress(_ input: RawSpan, into sink: (RawSpan) throws -> Void) throws {
        guard !input.isEmpty else { return }
        try run(input, flush: Z_NO_FLUSH, into: sink)
    }

    /// Hands on what is left and ends the stream; nothing may be compressed afterwards.
    public mutating func finish(into sink: (RawSpan) throws -> Void) throws {
        try run(RawSpan(), flush: Z_FINISH, into: sink)
        unusable = ZlibError(
            .abandoned,
            offset: Int(stream.pointee.total_in),
            "the stream is finished: start a new one"
        )
    }

    private mutating func run(_ input: RawSpan, flush: Int32, into sink: (RawSpan) throws -> Void) throws {
        if let unusable { throw unusable }
        unusable = ZlibError(
            .abandoned,
            offset: Int(stream.pointee.total_in),
            "the receiver of this stream failed: start a new one"
        )
        try input.withUnsafeBytes { bytes in
            var rest = bytes[...]
            repeat {
                let piece = rest.prefix(Int(UInt32.max))
                rest = rest.dropFirst(piece.count)
                try stream.takeInput(UnsafeRawBufferPointer(rebasing: piece)) {
                    try drain(flush: flush, into: sink)
                }
            } while !rest.isEmpty
        }
        unusable = nil
    }

    private func drain(flush: Int32, into sink: (RawSpan) throws -> Void) throws {
        repeat {
            let room = stream.offerRoom(scratch)
            // Z_OK; Z_STREAM_END after Z_FINISH; Z_BUF_ERROR when there was nothing left to do;
            // Z_STREAM_ERROR only for a state that this type does not let arise.
            let result = deflate(stream, flush)
            precondition(result != Z_STREAM_ERROR, "a deflate stream is used by its one owner only")
            let produced = room - Int(stream.pointee.avail_out)
            if produced > 0 { try sink(scratch.bytes.extracting(first: produced)) }
        } while stream.pointee.avail_out == 0
    }
}
