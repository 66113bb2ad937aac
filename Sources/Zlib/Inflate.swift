/// Expansion of bytes that are in memory already.
public enum Inflate {
    /// Expands exactly one stream, never holding more than the limits allow for input of this length.
    /// Throws `ZlibError`.
    public static func expand(
        _ bytes: [UInt8],
        format: CompressionFormat,
        limits: ExpansionLimits
    ) throws -> [UInt8] {
        var inflater = try Inflater(format: format, limits: limits, inputLength_bytes: bytes.count)
        let allowance_bytes = limits.allowance_bytes(input_bytes: bytes.count)
        var output: [UInt8] = []
        try inflater.expand(bytes.span.bytes) { piece in
            let needed = output.count + piece.byteCount
            if needed > output.capacity {
                // Grow by doubling as arrays do, but never beyond what may come out.
                output.reserveCapacity(min(max(needed, 2 * output.capacity), allowance_bytes))
            }
            output.append(contentsOf: piece)
        }
        try inflater.finish()
        return output
    }
}
