/// Compression of bytes that are in memory already.
public enum Deflate {
    /// The same bytes and format give the same result every time. Fails only for want of memory.
    public static func compress(_ bytes: [UInt8], format: CompressionFormat) throws -> [UInt8] {
        var deflater = try Deflater(format: format)
        var output: [UInt8] = []
        try deflater.compress(bytes.span.bytes) { output.append(contentsOf: $0) }
        try deflater.finish { output.append(contentsOf: $0) }
        return output
    }
}
