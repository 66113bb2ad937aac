/// How far compressed bytes may expand before they count as an attack.
public struct ExpansionLimits: Sendable {
    /// The most bytes that may come out.
    public let bytes_max: Int

    /// The most bytes that may come out for each byte that went in. Deflate itself ends near 1030.
    public let ratio_max: Int

    /// Output up to here is never judged by its ratio: a short run of zeros is harmless and compresses very well.
    public static let ratioFloor_bytes = 64 * 1024

    public init(bytes_max: Int, ratio_max: Int) {
        precondition(
            bytes_max >= 0 && ratio_max >= 1,
            "limits of expansion are not negative, and a ratio is at least 1"
        )
        self.bytes_max = bytes_max
        self.ratio_max = ratio_max
    }

    /// The most output that the ratio allows for so much input.
    func ratioAllowance_bytes(input_bytes: Int) -> Int {
        let (product, overflow) = input_bytes.multipliedReportingOverflow(by: ratio_max)
        return overflow ? .max : max(product, Self.ratioFloor_bytes)
    }

    /// The most output that both limits allow for so much input.
    public func allowance_bytes(input_bytes: Int) -> Int {
        min(bytes_max, ratioAllowance_bytes(input_bytes: input_bytes))
    }
}
