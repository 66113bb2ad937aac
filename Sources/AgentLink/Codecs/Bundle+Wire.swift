import FoundationEssentials
import NIOCore
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

/// What an agent asks for.
struct BundleRequest: Hashable {
    enum Part: Hashable {
        /// The bytes from an offset on.
        case rest(offset_bytes: UInt64)
        /// These bytes, in order, with gaps between them; 1 to `Bounds.bundleRanges_max`.
        case ranges([Range<UInt64>])
        /// The index of the chunks.
        case index
        /// Nothing: the agent has the bundle and gives it to its neighbours.
        case held
    }

    let digest: Digest
    let part: Part
    /// May be sent to a neighbour.
    let takesNeighbours: Bool
    /// What a neighbour is shown: an encoded envelope, or nothing.
    let grant: [UInt8]

    init(digest: Digest, part: Part, takesNeighbours: Bool = false, grant: [UInt8] = []) {
        self.digest = digest
        self.part = part
        self.takesNeighbours = takesNeighbours
        self.grant = grant
    }

    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_BundleRequest = try Frame.decode(frame, "bundle_request")
        digest = try Field.message("bundle_request") { () throws(LinkError) in try Field.digest(wire.digest, "digest") }
        takesNeighbours = wire.takesNeighbours
        grant = try Field.grant(wire.grant, "bundle_request.grant")
        switch wire.part {
        case .unspecified where wire.ranges.isEmpty: part = .rest(offset_bytes: wire.offsetBytes)
        case .unspecified: part = .ranges(try Self.ranges(wire.ranges))
        case .index: part = .index
        case .held: part = .held
        case .UNRECOGNIZED(let number): throw .unknownValue("bundle_request.part", number)
        }
    }

    private static func ranges(_ wire: [Wavetrain_V1_BundleRange]) throws(LinkError) -> [Range<UInt64>] {
        var end: UInt64 = 0
        return try Field.list(wire, count_max: Bounds.bundleRanges_max, "bundle_request.ranges") {
            (range) throws(LinkError) in
            let length = try Field.counter(range.lengthBytes, "length_bytes")
            let (upper, overflow) = range.offsetBytes.addingReportingOverflow(length)
            // Two that touch would be one.
            guard !overflow, end == 0 || range.offsetBytes > end else {
                throw .bounds("offset_bytes", "Ranges come in order and apart.")
            }
            end = upper
            return range.offsetBytes..<upper
        }
    }

    func frame() throws(LinkError) -> ByteBuffer {
        var wire = Wavetrain_V1_BundleRequest()
        wire.digest = Data(digest.bytes)
        wire.takesNeighbours = takesNeighbours
        wire.grant = Data(grant)
        switch part {
        case .rest(let offset_bytes): wire.offsetBytes = offset_bytes
        case .ranges(let ranges):
            wire.ranges = ranges.map { range in
                .with {
                    $0.offsetBytes = range.lowerBound
                    $0.lengthBytes = range.upperBound - range.lowerBound
                }
            }
        case .index: wire.part = .index
        case .held: wire.part = .held
        }
        return try Frame.encode(wire, limit: .introduction)
    }
}

/// What is answered: a header, then chunks; where to ask instead; or a refusal.
enum BundleAnswer: Hashable {
    /// `isIndex`: what follows is the index and not the bundle.
    case header(length_bytes: UInt64, isIndex: Bool)
    case chunk(Data)
    case refused(Farewell)
    /// `grant` is shown to them, unread.
    case neighbours([BundleNeighbour], grant: [UInt8])
    /// Another answer comes later; why it takes so long.
    case wait(String)

    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_BundleAnswer = try Frame.decode(frame, "bundle_answer")
        switch wire.kind {
        case .header(let header):
            self = .header(
                length_bytes: try Field.counter(header.lengthBytes, "bundle_answer.header.length_bytes"),
                isIndex: header.part == .index
            )
        case .chunk(let chunk):
            guard !chunk.isEmpty else { throw .missing("bundle_answer.chunk") }
            self = .chunk(chunk)
        case .refused(let refused):
            self = .refused(
                try Field.message("bundle_answer.refused") { () throws(LinkError) in try Farewell(refused) }
            )
        case .neighbours(let list):
            let grant = try Field.grant(list.grant, "bundle_answer.neighbours.grant")
            self = .neighbours(try Self.neighbours(list.neighbours), grant: grant)
        case .wait(let wait):
            self = .wait(
                try Field.text(wait.sentence, bytes_max: Bounds.reasonBytes_max, "bundle_answer.wait.sentence")
            )
        case nil: throw .missing("bundle_answer.kind")
        }
    }

    private static func neighbours(_ wire: [Wavetrain_V1_BundleNeighbour]) throws(LinkError) -> [BundleNeighbour] {
        try Field.list(wire, count_max: Bounds.neighbours_max, "bundle_answer.neighbours") { (wire) throws(LinkError) in
            BundleNeighbour(
                host: try Field.name(wire.host, "host"),
                address: try Field.address(wire.address, "address")
            )
        }
    }

    static func headerFrame(length_bytes: UInt64, isIndex: Bool = false) throws(LinkError) -> ByteBuffer {
        let header = Wavetrain_V1_BundleHeader.with {
            $0.lengthBytes = length_bytes
            if isIndex { $0.part = .index }
        }
        return try frame(.header(header))
    }

    static func refusalFrame(_ farewell: Farewell) throws(LinkError) -> ByteBuffer {
        var refused = Wavetrain_V1_Farewell(farewell)
        refused.atUnixMs = WallClock.now().unix_ms
        return try frame(.refused(refused))
    }

    /// Nobody, where there is nothing more to say.
    static func neighboursFrame(_ neighbours: [BundleNeighbour] = [], grant: [UInt8] = []) throws(LinkError)
        -> ByteBuffer
    {
        let list = Wavetrain_V1_BundleNeighbours.with {
            $0.grant = Data(grant)
            $0.neighbours = neighbours.prefix(Bounds.neighbours_max).map { neighbour in
                .with {
                    $0.host = neighbour.host.text
                    $0.address = neighbour.address.description
                }
            }
        }
        return try frame(.neighbours(list))
    }

    static func waitFrame(_ sentence: String) throws(LinkError) -> ByteBuffer {
        try frame(.wait(.with { $0.sentence = sentence.clipped(bytes_max: Bounds.reasonBytes_max) }))
    }

    private static func frame(_ kind: Wavetrain_V1_BundleAnswer.OneOf_Kind) throws(LinkError) -> ByteBuffer {
        try Frame.encode(Wavetrain_V1_BundleAnswer.with { $0.kind = kind }, limit: .bundleAnswer)
    }
}

extension Field {
    fileprivate static func grant(_ bytes: Data, _ field: StaticString) throws(LinkError) -> [UInt8] {
        guard bytes.count <= Bounds.grantBytes_max else {
            throw .bounds(field, "A grant has at most \(Bounds.grantBytes_max) bytes, not \(bytes.count).")
        }
        return [UInt8](bytes)
    }
}

/// The frame of a chunk, written by hand around bytes that come straight from a file: protobuf would copy each bundle
/// three times more. `BundleAnswer(frame:)` reads it, and the tests hold both against each other.
enum BundleChunk {
    static let bytes_max = 256 << 10
    /// Field 2 of `BundleAnswer`, a length and that many bytes.
    private static let tag: UInt8 = 2 << 3 | 2

    static func writeHead(into frame: inout ByteBuffer, chunk_bytes: Int) {
        var length = chunk_bytes
        var varint: [UInt8] = []
        while length >= 0x80 {
            varint.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        varint.append(UInt8(length))
        frame.writeInteger(UInt32(1 + varint.count + chunk_bytes))
        frame.writeInteger(tag)
        frame.writeBytes(varint)
    }
}
