import FoundationEssentials
import NIOCore
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

/// What an agent asks for: the bundle's bytes from an offset on.
struct BundleRequest: Hashable {
    let digest: Digest
    let offset_bytes: UInt64

    init(digest: Digest, offset_bytes: UInt64) {
        self.digest = digest
        self.offset_bytes = offset_bytes
    }

    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_BundleRequest = try Frame.decode(frame, "bundle_request")
        digest = try Field.message("bundle_request") { () throws(LinkError) in try Field.digest(wire.digest, "digest") }
        offset_bytes = wire.offsetBytes
    }

    func frame() throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_BundleRequest.with {
            $0.digest = Data(digest.bytes)
            $0.offsetBytes = offset_bytes
        }
        return try Frame.encode(wire, limit: .introduction)
    }
}

/// What a controller answers: a header, then chunks; or a refusal.
enum BundleAnswer: Hashable {
    case header(length_bytes: UInt64)
    case chunk(Data)
    case refused(Farewell)

    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_BundleAnswer = try Frame.decode(frame, "bundle_answer")
        switch wire.kind {
        case .header(let header):
            self = .header(length_bytes: try Field.counter(header.lengthBytes, "bundle_answer.header.length_bytes"))
        case .chunk(let chunk):
            guard !chunk.isEmpty else { throw .missing("bundle_answer.chunk") }
            self = .chunk(chunk)
        case .refused(let refused):
            self = .refused(
                try Field.message("bundle_answer.refused") { () throws(LinkError) in try Farewell(refused) }
            )
        case nil: throw .missing("bundle_answer.kind")
        }
    }

    static func headerFrame(length_bytes: UInt64) throws(LinkError) -> ByteBuffer {
        try Frame.encode(Wavetrain_V1_BundleAnswer.with { $0.header.lengthBytes = length_bytes }, limit: .bundleAnswer)
    }

    static func refusalFrame(_ farewell: Farewell) throws(LinkError) -> ByteBuffer {
        try Frame.encode(
            Wavetrain_V1_BundleAnswer.with {
                $0.refused = Wavetrain_V1_Farewell(farewell)
                $0.refused.atUnixMs = Clocks.wall().unix_ms
            },
            limit: .bundleAnswer
        )
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
