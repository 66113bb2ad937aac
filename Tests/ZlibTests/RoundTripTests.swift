import Testing
import Zlib

@Suite struct RoundTripTests {
    @Test(arguments: bothFormats, [0, 1, 2, 100, 65_535, 65_536, 65_537, 1_000_000])
    func `what was compressed expands to the same bytes`(format: CompressionFormat, count: Int) throws {
        for seed in 0..<4 as Range<UInt64> {
            let bytes = sampleBytes(seed: seed, count: count)
            let compressed = try Deflate.compress(bytes, format: format)
            #expect(try Inflate.expand(compressed, format: format, limits: ample) == bytes)
        }
    }

    @Test(arguments: bothFormats)
    func `the pieces in which a stream arrives make no difference`(format: CompressionFormat) throws {
        let bytes = sampleBytes(seed: 9, count: 3_000)
        let compressed = try Deflate.compress(bytes, format: format)
        for pieceSize in 1...compressed.count {
            #expect(try expand(compressed, format: format, inPiecesOf: pieceSize) == bytes)
        }
    }

    @Test(arguments: bothFormats, [1, 7, 1_000, 70_000])
    func `the pieces in which bytes are compressed make no difference`(
        format: CompressionFormat,
        pieceSize: Int
    ) throws {
        let bytes = sampleBytes(seed: 5, count: 200_000)
        var deflater = try Deflater(format: format)
        var output: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            let piece = Array(bytes[start..<min(start + pieceSize, bytes.count)])
            try deflater.compress(piece.span.bytes) { output += $0.withUnsafeBytes(Array.init) }
        }
        try deflater.finish { output += $0.withUnsafeBytes(Array.init) }
        #expect(try output == Deflate.compress(bytes, format: format))
    }

    @Test func `a gzip header names no time, no file and no operating system`() throws {
        let compressed = try Deflate.compress(sampleBytes(seed: 1, count: 500), format: .gzip)
        #expect(compressed.prefix(10) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    @Test func `one format is not taken for the other`() throws {
        let zlib = try Deflate.compress([1, 2, 3], format: .zlib)
        let gzip = try Deflate.compress([1, 2, 3], format: .gzip)
        #expect(try code { _ = try Inflate.expand(zlib, format: .gzip, limits: ample) } == .corrupted)
        #expect(try code { _ = try Inflate.expand(gzip, format: .zlib, limits: ample) } == .corrupted)
    }

    @Test func `a finished deflater takes nothing more`() throws {
        var deflater = try Deflater(format: .zlib)
        try deflater.finish { _ in }
        var thrown: ZlibError.Code?
        do { try deflater.compress([1].span.bytes) { _ in } } catch let error as ZlibError { thrown = error.code }
        #expect(thrown == .abandoned)
    }
}
