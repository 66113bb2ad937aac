/// A chunk as it stands in a bundle: a gzip member of its own, whose header says how long the member is, so that the
/// members of a bundle are found without expanding them. Other tools skip that field.
enum BundleMember {
    /// Magic and method, the flag for an extra field, no time, no system.
    private static let begin: [UInt8] = [0x1f, 0x8b, 8, 4]
    private static let extraLength_at = 10
    private static let length_at = 16
    /// A header with the extra field.
    static let header_bytes = 20
    /// Checksum and length of what was compressed.
    private static let trailer_bytes = 8
    /// One of more is none of ours: a chunk that cannot be compressed grows by a few bytes only.
    static let length_bytes_max = ChunkCutter.lengths_bytes.upperBound + 4_096
    private static let length_bytes_min = header_bytes + 2 + trailer_bytes

    /// The extra field: sub-field `WT` of four bytes, to hold the member's length.
    static let extra: [UInt8] = [UInt8(ascii: "W"), UInt8(ascii: "T"), 4, 0, 0, 0, 0, 0]

    /// Says in the header of a complete member how long it is.
    static func noteLength(in member: inout [UInt8]) {
        member.replaceSubrange(length_at..<header_bytes, with: littleEndian(member.count))
    }

    /// The length that a member's header says; nil for headers of other makers.
    static func length_bytes(header: some Collection<UInt8>) -> Int? {
        let header = Array(header.prefix(header_bytes))
        guard header.count == header_bytes, header.starts(with: begin),
            header[extraLength_at..<length_at].elementsEqual([UInt8(extra.count), 0] + extra.prefix(4))
        else { return nil }
        let length_bytes = number(header[length_at...])
        return (length_bytes_min...length_bytes_max).contains(length_bytes) ? length_bytes : nil
    }

    /// How long the member's content is, as its last bytes say: modulo 4 GiB for members of other makers.
    static func content_bytes(trailer: some Collection<UInt8>) -> Int { number(trailer.suffix(4)) }

    private static func littleEndian(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func number(_ bytes: some Collection<UInt8>) -> Int {
        bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
