import CZlib

/// Expands one stream, or several gzip streams one behind the other, in constant memory under limits, and owns zlib's
/// state. The limits are those of all streams together.
///
/// Limits are checked before output is handed on: a sink never sees more than `bytes_max` bytes, and a bomb costs one
/// scratch buffer. Any error is final: the same error comes back from every later call.
public struct Inflater: ~Copyable {
    private enum State {
        /// → ended when the stream's checksum has matched, → failed at the first error.
        case open
        /// → open at the next stream's first byte, where several may follow; → failed when anything else follows.
        case ended
        case failed(ZlibError)
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private let scratch: UnsafeMutableRawBufferPointer
    private let limits: ExpansionLimits
    private let inputLength_bytes: Int?
    private let takesMore: Bool
    /// Of the streams that have ended; zlib counts each for itself.
    private var endedInput_bytes = 0
    private var state = State.open
    private var produced_bytes = 0

    /// - Parameter inputLength_bytes: The length of the whole compressed input, where it is known; the ratio is then
    ///   judged against it. Otherwise it is judged against what was read so far, which is stricter: a long run of
    ///   zeros is refused even if incompressible bytes would follow.
    /// - Parameter takesMore: Whether further streams may follow the first, as `gzip` takes them.
    public init(
        format: CompressionFormat,
        limits: ExpansionLimits,
        inputLength_bytes: Int? = nil,
        takesMore: Bool = false
    ) throws(ZlibError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Z_OK; Z_MEM_ERROR; Z_STREAM_ERROR and Z_VERSION_ERROR mean a wrong build and cannot be handled.
        let result = inflateInit2_(stream, format.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else {
            stream.deallocate()
            throw ZlibError(.outOfMemory, offset: 0, "zlib could not start to inflate (\(result)): free some memory")
        }
        self.stream = stream
        self.limits = limits
        self.inputLength_bytes = inputLength_bytes
        self.takesMore = takesMore
        scratch = .allocate(byteCount: scratchSize_bytes, alignment: 16)
    }

    deinit {
        // Z_STREAM_ERROR is the only other result, and would mean a second owner.
        _ = inflateEnd(stream)
        stream.deallocate()
        scratch.deallocate()
    }

    /// Takes the next piece of the stream and hands on what it expands to. The span is only valid inside `sink`.
    public mutating func expand(_ input: RawSpan, into sink: (RawSpan) throws -> Void) throws {
        do {
            try input.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(Int(UInt32.max))
                    rest = rest.dropFirst(piece.count)
                    try stream.takeInput(UnsafeRawBufferPointer(rebasing: piece)) { try drain(into: sink) }
                }
            }
        } catch {
            let abandoned = self.error(.abandoned, "the receiver of this stream failed: start a new one")
            state = .failed(error as? ZlibError ?? abandoned)
            throw error
        }
    }

    /// Says that there is no more input. An error unless the stream is complete.
    public mutating func finish() throws(ZlibError) {
        switch state {
        case .ended: return
        case .failed(let error): throw error
        case .open:
            let error = error(.truncated, "the compressed stream stops before its end: fetch or make it again")
            state = .failed(error)
            throw error
        }
    }

    private mutating func drain(into sink: (RawSpan) throws -> Void) throws {
        switch state {
        case .open: break
        case .failed(let error): throw error
        case .ended: try beginNext()
        }
        var outputWasFull = false
        repeat {
            // One byte more than is allowed, so that "exactly the limit" and "beyond it" can be told apart.
            let room = stream.offerRoom(
                scratch,
                atMost: min(limits.bytes_max - produced_bytes, scratch.count - 1) + 1
            )
            let result = inflate(stream, Z_NO_FLUSH)
            outputWasFull = stream.pointee.avail_out == 0
            let count = room - Int(stream.pointee.avail_out)
            produced_bytes += count
            try checkResult(result)
            try checkLimits()
            if count > 0 { try sink(scratch.bytes.extracting(first: count)) }
            if result == Z_STREAM_END {
                state = .ended
                guard stream.pointee.avail_in > 0 else { return }
                try beginNext()
            }
        } while stream.pointee.avail_in > 0 || outputWasFull
    }

    /// A further stream, if there may be one and this looks like one.
    private mutating func beginNext() throws(ZlibError) {
        guard takesMore, stream.pointee.next_in.pointee == Self.gzipBegin else {
            throw error(.trailingBytes, "something follows the end of the compressed stream: send it alone")
        }
        endedInput_bytes += Int(stream.pointee.total_in)
        // Z_OK; Z_STREAM_ERROR only for a state that this type does not let arise.
        let result = inflateReset(stream)
        precondition(result == Z_OK, "an inflate stream is used by its one owner only")
        state = .open
    }

    private static let gzipBegin: UInt8 = 0x1f

    private var input_bytes: Int { endedInput_bytes + Int(stream.pointee.total_in) }

    /// Z_OK: some progress. Z_STREAM_END: complete, checksum matched. Z_BUF_ERROR: nothing to do until more comes.
    /// Z_DATA_ERROR: not such a stream. Z_NEED_DICT: asks for a dictionary that we never use. Z_MEM_ERROR.
    private func checkResult(_ result: Int32) throws(ZlibError) {
        switch result {
        case Z_OK, Z_STREAM_END, Z_BUF_ERROR: return
        case Z_MEM_ERROR: throw error(.outOfMemory, "zlib got no memory to inflate: free some")
        case Z_NEED_DICT: throw error(.corrupted, "the compressed stream asks for a preset dictionary: make it without")
        default:
            let detail = stream.pointee.msg.map { String(cString: $0) } ?? "result \(result)"
            throw error(.corrupted, "the compressed stream is damaged (\(detail)): fetch or make it again")
        }
    }

    private func checkLimits() throws(ZlibError) {
        guard produced_bytes <= limits.bytes_max else {
            throw error(.tooLarge, "the stream expands beyond \(limits.bytes_max) bytes: send less, or raise the limit")
        }
        guard produced_bytes <= limits.ratioAllowance_bytes(input_bytes: inputLength_bytes ?? input_bytes) else {
            throw error(
                .ratioTooHigh,
                "the stream expands more than \(limits.ratio_max) to 1, as only attacks and long runs of one byte do"
            )
        }
    }

    private func error(_ code: ZlibError.Code, _ reason: String) -> ZlibError {
        ZlibError(code, offset: input_bytes, reason)
    }
}
