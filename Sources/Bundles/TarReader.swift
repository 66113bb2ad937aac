/// What a `TarReader` finds, in the order of the archive.
protocol TarReceiver {
    /// A new entry; content and end follow for files only.
    mutating func begin(_ entry: BundleEntry) throws
    mutating func write(_ content: UnsafeRawBufferPointer) throws
    mutating func end() throws
}

/// Reads an archive that arrives in pieces of any size, in constant memory. Every header is judged before it is
/// handed on, and what is not understood is refused.
struct TarReader {
    private enum State {
        /// Collecting a header. → pax, content, or header again; → secondEnd at an empty block.
        case header
        /// Collecting a pax header's records. → padding
        case pax(remaining_bytes: Int)
        /// → padding
        case content(remaining_bytes: Int)
        /// → header
        case padding(remaining_bytes: Int)
        /// One empty block was read. → ended
        case secondEnd
        /// Only zeros may follow, as tar fills its last record.
        case ended
    }

    private let bytes_max: Int
    private var state = State.header
    private var block: [UInt8] = []
    private var paxBytes: [UInt8] = []
    /// The records of the pax header that belongs to the next header.
    private var pax: PaxRecords?
    private var position_bytes = 0
    private var entryName = ""

    init(bytes_max: Int) {
        self.bytes_max = bytes_max
        block.reserveCapacity(TarHeader.block_bytes)
    }

    /// Takes the next piece of the archive.
    mutating func read(_ bytes: UnsafeRawBufferPointer, into receiver: inout some TarReceiver) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(wanted_bytes)
            rest = rest.dropFirst(piece.count)
            position_bytes += piece.count
            try take(UnsafeRawBufferPointer(rebasing: piece), into: &receiver)
        }
    }

    /// Says that there is no more.
    func finish() throws(BundleError) {
        guard case .ended = state else { throw BundleError(.truncated, at: entryName.isEmpty ? nil : entryName) }
    }

    /// How many bytes the present state can take at most.
    private var wanted_bytes: Int {
        switch state {
        case .header, .secondEnd: TarHeader.block_bytes - block.count
        case .pax(let remaining_bytes), .content(let remaining_bytes), .padding(let remaining_bytes): remaining_bytes
        case .ended: .max
        }
    }

    private mutating func take(_ piece: UnsafeRawBufferPointer, into receiver: inout some TarReceiver) throws {
        switch state {
        case .header:
            block += piece
            guard block.count == TarHeader.block_bytes else { return }
            try takeHeader(into: &receiver)
            block.removeAll(keepingCapacity: true)
        case .pax(let remaining_bytes):
            paxBytes += piece
            guard remaining_bytes == piece.count else {
                return state = .pax(remaining_bytes: remaining_bytes - piece.count)
            }
            pax = try PaxRecords(paxBytes)
            pad(after: paxBytes.count)
        case .content(let remaining_bytes):
            try receiver.write(piece)
            state = .content(remaining_bytes: remaining_bytes - piece.count)
            guard remaining_bytes == piece.count else { return }
            try receiver.end()
            pad(after: position_bytes)
        case .padding(let remaining_bytes):
            guard piece.allSatisfy({ $0 == 0 }) else { throw BundleError(.badPadding, at: entryName) }
            let left_bytes = remaining_bytes - piece.count
            state = left_bytes == 0 ? .header : .padding(remaining_bytes: left_bytes)
        case .secondEnd:
            block += piece
            guard piece.allSatisfy({ $0 == 0 }) else { throw BundleError(.trailingData) }
            if block.count == TarHeader.block_bytes { state = .ended }
        case .ended:
            guard piece.allSatisfy({ $0 == 0 }) else { throw BundleError(.trailingData) }
        }
    }

    private mutating func takeHeader(into receiver: inout some TarReceiver) throws {
        guard !TarHeader.isEmptyBlock(block) else {
            guard pax == nil else { throw BundleError(.badPax, at: nil, "nothing follows it") }
            state = .secondEnd
            return
        }
        var header = try TarHeader(block)
        entryName = String(decoding: header.name, as: UTF8.self)
        if header.type == TarHeader.TypeFlag.pax { return try beginPax(header) }
        if let pax {
            header.name = pax.path ?? header.name
            header.linkName = pax.linkPath ?? header.linkName
            header.length_bytes = pax.length_bytes ?? header.length_bytes
            entryName = String(decoding: header.name, as: UTF8.self)
            self.pax = nil
        }
        let entry = try BundleEntry(header)
        guard case .file(let length_bytes, _) = entry.kind else { return try receiver.begin(entry) }
        try checkRoom(for: length_bytes)
        try receiver.begin(entry)
        if length_bytes == 0 { try receiver.end() } else { state = .content(remaining_bytes: length_bytes) }
    }

    private mutating func beginPax(_ header: TarHeader) throws(BundleError) {
        guard pax == nil, (1...PaxRecords.length_bytes_max).contains(header.length_bytes) else {
            throw BundleError(.badPax, at: entryName)
        }
        paxBytes.removeAll(keepingCapacity: true)
        state = .pax(remaining_bytes: header.length_bytes)
    }

    private func checkRoom(for length_bytes: Int) throws(BundleError) {
        let (end_bytes, overflow) = position_bytes.addingReportingOverflow(length_bytes)
        guard !overflow, end_bytes <= bytes_max else {
            throw BundleError(.tooManyBytes, at: entryName, "at most \(bytes_max)")
        }
    }

    /// Headers and content begin at whole blocks, so the position says as much as the length.
    private mutating func pad(after count_bytes: Int) {
        let padding_bytes = TarWriter.paddingLength_bytes(count_bytes)
        state = padding_bytes == 0 ? .header : .padding(remaining_bytes: padding_bytes)
    }
}
