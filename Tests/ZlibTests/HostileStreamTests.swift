import Testing
import Zlib

@Suite struct HostileStreamTests {
    @Test(arguments: bothFormats)
    func `a stream cut at any byte is truncated`(format: CompressionFormat) throws {
        let compressed = try Deflate.compress(sampleBytes(seed: 3, count: 2_000), format: format)
        for length in 0..<compressed.count {
            let cut = Array(compressed.prefix(length))
            #expect(try code { _ = try Inflate.expand(cut, format: format, limits: ample) } == .truncated)
        }
    }

    @Test(arguments: bothFormats)
    func `nothing may stand behind a stream, not even a second one`(format: CompressionFormat) throws {
        let compressed = try Deflate.compress(sampleBytes(seed: 3, count: 100), format: format)
        for tail in [[0], [0x1f, 0x8b], compressed] as [[UInt8]] {
            let both = compressed + tail
            #expect(try code { _ = try Inflate.expand(both, format: format, limits: ample) } == .trailingBytes)
            #expect(try code { _ = try expand(both, format: format, inPiecesOf: 1) } == .trailingBytes)
            #expect(try code { _ = try expand(both, format: format, inPiecesOf: compressed.count) } == .trailingBytes)
        }
    }

    @Test func `a flipped bit in a zlib stream never gives other bytes`() throws {
        let bytes = sampleBytes(seed: 4, count: 800)
        let compressed = try Deflate.compress(bytes, format: .zlib)
        for bit in 0..<(compressed.count * 8) {
            var damaged = compressed
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let found = try code {
                let output = try Inflate.expand(damaged, format: .zlib, limits: ample)
                #expect(output == bytes)
            }
            #expect([nil, .corrupted, .truncated, .trailingBytes].contains(found), "bit \(bit)")
        }
    }

    @Test func `bytes of any kind are refused without harm`() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            let noise = [0x78, 0x9c] + sampleBytes(seed: seed, count: 64)
            #expect(try code { _ = try Inflate.expand(noise, format: .zlib, limits: ample) } != nil)
        }
    }

    @Test func `a stream that asks for a preset dictionary is corrupted`() throws {
        let asking: [UInt8] = [0x78, 0xbb, 1, 2, 3, 4, 3, 0]
        #expect(try code { _ = try Inflate.expand(asking, format: .zlib, limits: ample) } == .corrupted)
    }

    @Test func `output of exactly the limit passes and one byte more does not`() throws {
        for count in [1, 1_000, 65_535, 65_536, 65_537, 300_000] {
            let bytes = sampleBytes(seed: 8, count: count)
            let compressed = try Deflate.compress(bytes, format: .zlib)
            let exact = ExpansionLimits(bytes_max: count, ratio_max: 2_000)
            let short = ExpansionLimits(bytes_max: count - 1, ratio_max: 2_000)
            #expect(try Inflate.expand(compressed, format: .zlib, limits: exact) == bytes)
            #expect(try code { _ = try Inflate.expand(compressed, format: .zlib, limits: short) } == .tooLarge)
        }
    }

    @Test func `a limit of zero allows the empty stream, and no limit allows all`() throws {
        let none = ExpansionLimits(bytes_max: 0, ratio_max: 1)
        let all = ExpansionLimits(bytes_max: .max, ratio_max: .max)
        let empty = try Deflate.compress([], format: .zlib)
        let one = try Deflate.compress([1], format: .zlib)
        #expect(try Inflate.expand(empty, format: .zlib, limits: none) == [])
        #expect(try code { _ = try Inflate.expand(one, format: .zlib, limits: none) } == .tooLarge)
        #expect(try Inflate.expand(one, format: .zlib, limits: all) == [1])
    }

    @Test func `the ratio is judged only above its floor`() throws {
        let limits = ExpansionLimits(bytes_max: .max, ratio_max: 100)
        let floor = ExpansionLimits.ratioFloor_bytes
        let small = try Deflate.compress([UInt8](repeating: 0, count: floor), format: .gzip)
        let large = try Deflate.compress([UInt8](repeating: 0, count: floor + 1), format: .gzip)
        #expect(try Inflate.expand(small, format: .gzip, limits: limits).count == floor)
        #expect(try code { _ = try Inflate.expand(large, format: .gzip, limits: limits) } == .ratioTooHigh)
    }

    @Test func `with a known length the ratio is that of the whole`() throws {
        let limits = ExpansionLimits(bytes_max: .max, ratio_max: 10)
        let zerosFirst = [UInt8](repeating: 0, count: 500_000) + sampleNoise(count: 200_000)
        let compressed = try Deflate.compress(zerosFirst, format: .zlib)
        #expect(try Inflate.expand(compressed, format: .zlib, limits: limits) == zerosFirst)
        #expect(
            try code { _ = try expand(compressed, format: .zlib, limits: limits, inPiecesOf: 100) } == .ratioTooHigh
        )
    }

    @Test func `a bomb of a gibibyte is made and refused without ever being held`() throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        var bomb: [UInt8] = []
        var deflater = try Deflater(format: .gzip)
        for _ in 0..<1_024 { try deflater.compress(zeros.span.bytes) { bomb += $0.withUnsafeBytes(Array.init) } }
        try deflater.finish { bomb += $0.withUnsafeBytes(Array.init) }
        #expect(bomb.count < 1_100_000)

        let limits = ExpansionLimits(bytes_max: 4 << 20, ratio_max: 2_000)
        var seen_bytes = 0
        var inflater = try Inflater(format: .gzip, limits: limits)
        var refused: ZlibError.Code?
        do { try inflater.expand(bomb.span.bytes) { seen_bytes += $0.byteCount } } catch let error as ZlibError {
            refused = error.code
        }
        #expect(refused == .tooLarge)
        #expect(seen_bytes <= limits.bytes_max)
        let byRatio = ExpansionLimits(bytes_max: .max, ratio_max: 100)
        #expect(try code { _ = try Inflate.expand(bomb, format: .gzip, limits: byRatio) } == .ratioTooHigh)
    }

    @Test func `an error is final`() throws {
        var inflater = try Inflater(format: .zlib, limits: ample)
        let garbage: [UInt8] = [1, 2, 3, 4]
        let good = try Deflate.compress([1], format: .zlib)
        var codes: [ZlibError.Code] = []
        for bytes in [garbage, good] {
            do { try inflater.expand(bytes.span.bytes) { _ in } } catch let error as ZlibError {
                codes.append(error.code)
            }
        }
        do { try inflater.finish() } catch { codes.append(error.code) }
        #expect(codes == [.corrupted, .corrupted, .corrupted])
    }

    @Test func `a failing receiver's own error comes through and ends the stream`() throws {
        struct Full: Error {}
        var inflater = try Inflater(format: .zlib, limits: ample)
        let good = try Deflate.compress([1, 2, 3], format: .zlib)
        var own = false
        do { try inflater.expand(good.span.bytes) { _ in throw Full() } } catch is Full { own = true }
        #expect(own)
        var last: ZlibError.Code?
        do { try inflater.finish() } catch { last = error.code }
        #expect(last == .abandoned)
    }

    /// Bytes that do not compress.
    private func sampleNoise(count: Int) -> [UInt8] {
        var generator = SplitMix(state: 7)
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            let mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            return mixed ^ (mixed >> 27)
        }
    }
}
