import Zlib

/// Generous limits, for tests that are about something else.
let ample = ExpansionLimits(bytes_max: 64 << 20, ratio_max: 2_000)

let bothFormats: [CompressionFormat] = [.zlib, .gzip]

/// Bytes that repeat themselves for a while and then do not, as files do; the same for the same seed.
func sampleBytes(seed: UInt64, count: Int) -> [UInt8] {
    var state = seed
    func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
    var bytes: [UInt8] = []
    while bytes.count < count {
        let length = Int(next() % 200) + 1
        switch next() % 3 {
        case 0: bytes += repeatElement(UInt8(next() % 256), count: length)
        case 1: bytes += (0..<length).map { _ in UInt8(next() % 256) }
        default: bytes += Array(bytes.suffix(length))
        }
    }
    return Array(bytes.prefix(count))
}

/// Expands `compressed` fed in pieces of `pieceSize`.
func expand(
    _ compressed: [UInt8],
    format: CompressionFormat,
    limits: ExpansionLimits = ample,
    inPiecesOf pieceSize: Int
) throws -> [UInt8] {
    var inflater = try Inflater(format: format, limits: limits)
    var output: [UInt8] = []
    for start in stride(from: 0, to: compressed.count, by: pieceSize) {
        let piece = Array(compressed[start..<min(start + pieceSize, compressed.count)])
        try inflater.expand(piece.span.bytes) { output += $0.withUnsafeBytes(Array.init) }
    }
    try inflater.finish()
    return output
}

/// The code of the `ZlibError` that `body` throws, nil if it throws none.
func code(of body: () throws -> Void) throws -> ZlibError.Code? {
    do {
        try body()
        return nil
    } catch let error as ZlibError {
        return error.code
    }
}
