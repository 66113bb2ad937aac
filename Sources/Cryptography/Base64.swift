/// Base64 as RFC 4648 writes it, read strictly: one value has one spelling, so that a token cannot be altered unseen.
public enum Base64: Sendable {
    /// Section 4, `+` and `/`, padded with `=`: PEM, DSSE in JSON.
    case standard
    /// Section 5, `-` and `_`, without padding: tokens, URLs.
    case urlSafe

    public func encode(_ bytes: some Collection<UInt8>) -> String {
        let symbols = self.symbols
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(symbols[Int(bits >> UInt32(bitCount) & 63)])
            }
        }
        if bitCount > 0 { text.append(symbols[Int(bits << UInt32(6 - bitCount) & 63)]) }
        while isPadded, !text.count.isMultiple(of: 4) { text.append(Self.padding) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for foreign symbols, blanks, missing or superfluous padding, and spare bits that are not zero.
    public func decode(_ text: some StringProtocol) -> [UInt8]? {
        var digits = Array(text.utf8)[...]
        if isPadded {
            guard digits.count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where digits.last == Self.padding { digits.removeLast() }
        }
        // One symbol of a group holds 6 bits: less than a byte.
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        }
        guard bits & (1 << UInt32(bitCount) - 1) == 0 else { return nil }
        return bytes
    }

    private static let padding = UInt8(ascii: "=")
    private var isPadded: Bool { self == .standard }

    private var symbols: [UInt8] {
        let alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return Array((alphanumeric + (self == .standard ? "+/" : "-_")).utf8)
    }

    private func value(of digit: UInt8) -> UInt8? {
        switch (digit, self) {
        case (UInt8(ascii: "A")...UInt8(ascii: "Z"), _): digit - UInt8(ascii: "A")
        case (UInt8(ascii: "a")...UInt8(ascii: "z"), _): digit - UInt8(ascii: "a") + 26
        case (UInt8(ascii: "0")...UInt8(ascii: "9"), _): digit - UInt8(ascii: "0") + 52
        case (UInt8(ascii: "+"), .standard), (UInt8(ascii: "-"), .urlSafe): 62
        case (UInt8(ascii: "/"), .standard), (UInt8(ascii: "_"), .urlSafe): 63
        default: nil
        }
    }
}
