import Cryptography
import NIOCore
import SignedEnvelopes
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Requests and answers about bundles that a broken or hostile peer could send: read or refused, never worse.
@Suite struct GeneratedBundleMessageTests {
    private let digest = SHA256.digest(of: [1])

    private func requests() throws -> [ByteBuffer] {
        try [
            BundleRequest(digest: digest, part: .rest(offset_bytes: 5), takesNeighbours: true).frame(),
            BundleRequest(digest: digest, part: .ranges([0..<5, 9..<12, 1_000..<5_000])).frame(),
            BundleRequest(digest: digest, part: .index, grant: [1, 2, 3]).frame(),
            BundleRequest(digest: digest, part: .held).frame(),
        ]
    }

    private func answers() throws -> [ByteBuffer] {
        let neighbours = try [("h1", "h1.example.com:7444"), ("h2", "[::1]:1")].map {
            BundleNeighbour(host: Sample.name($0), address: try #require(NetworkAddress($1)))
        }
        var chunk = ByteBuffer()
        BundleChunk.writeHead(into: &chunk, chunk_bytes: 300)
        chunk.writeBytes([UInt8](repeating: 7, count: 300))
        return try [
            BundleAnswer.headerFrame(length_bytes: 9), BundleAnswer.headerFrame(length_bytes: 9, isIndex: true),
            BundleAnswer.refusalFrame(.busy), BundleAnswer.waitFrame("others first"), BundleAnswer.neighboursFrame(),
            BundleAnswer.neighboursFrame(neighbours, grant: [1, 2, 3]), chunk,
        ]
    }

    /// The message of one of the frames, some of its bytes changed.
    private func changed(_ frames: [ByteBuffer], _ chance: inout SeededGenerator) -> [UInt8] {
        var frame = frames[Int.random(in: 0..<frames.count, using: &chance)]
        frame.moveReaderIndex(forwardBy: FrameReader.header_bytes)
        var bytes = Array(frame.readableBytesView)
        for _ in 0..<Int.random(in: 0...3, using: &chance) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &chance)
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: bytes[place] = .random(in: 0...255, using: &chance)
            case 1: bytes.insert(.random(in: 0...255, using: &chance), at: place)
            case 2: bytes.removeSubrange(place...)
            default: bytes += bytes[place...]
            }
        }
        return bytes
    }

    @Test func `a request of any bytes is refused, or keeps to every bound`() async throws {
        let frames = try requests()
        let losses = await Trials("bundle requests", few: 5_000).run { seed in
            var chance = SeededGenerator(seed: seed)
            let request: BundleRequest
            do { request = try BundleRequest(frame: changed(frames, &chance)) } catch is LinkError { return nil }
            guard case .ranges(let ranges) = request.part else { return nil }
            let areApart = zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
            guard areApart, !ranges.isEmpty, ranges.count <= Bounds.bundleRanges_max,
                ranges.allSatisfy({ !$0.isEmpty })
            else { return "ranges \(ranges)" }
            // What was read can be said again.
            _ = try request.frame()
            return nil
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    @Test func `an answer of any bytes is refused, or keeps to every bound`() async throws {
        let frames = try answers()
        let losses = await Trials("bundle answers", few: 5_000).run { seed in
            var chance = SeededGenerator(seed: seed)
            do {
                switch try BundleAnswer(frame: changed(frames, &chance)) {
                case .neighbours(let neighbours, let grant):
                    let keepsBounds = neighbours.count <= Bounds.neighbours_max && grant.count <= Bounds.grantBytes_max
                    return keepsBounds ? nil : "\(neighbours.count) neighbours, a grant of \(grant.count) bytes"
                case .chunk(let bytes): return bytes.isEmpty ? "an empty chunk" : nil
                case .header(let length_bytes, _): return length_bytes == 0 ? "an empty bundle" : nil
                case .refused, .wait: return nil
                }
            } catch is LinkError {
                return nil
            }
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    @Test func `a grant of any bytes opens nothing`() async throws {
        let key = try PrivateKey.generate(.ed25519)
        let verifier = try Verifier([key.publicKey])
        let grant = BundleGrant(
            cluster: Sample.name("prod"),
            host: Sample.host(1),
            digest: digest,
            expires: WallClock.now() + .minutes(5)
        )
        let sealed = try grant.sealed(with: key)
        #expect(try verifier.verify(Envelope(bytes: sealed), as: BundleGrant.self).value == grant)
        let losses = await Trials("grants", few: 3_000).run { seed in
            var chance = SeededGenerator(seed: seed)
            var bytes = sealed
            for _ in 0..<Int.random(in: 1...3, using: &chance) {
                bytes[Int.random(in: 0..<bytes.count, using: &chance)] = .random(in: 0...255, using: &chance)
            }
            do {
                // The key's id and fields beside what is signed may differ; what comes out may not.
                let opened = try verifier.verify(Envelope(bytes: bytes), as: BundleGrant.self).value
                return opened == grant ? nil : "\(opened)"
            } catch is EnvelopeError {
                return nil
            } catch is LinkError {
                return nil
            }
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }
}
