// Calendar values are stored as the text that a person would write: short, canonical, and readable in an event log.

extension Decoder {
    /// The value of a text; throws where `read` knows none.
    func value<Value>(_ read: (String) -> Value?) throws -> Value {
        let container = try singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = read(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no \(Value.self)")
        }
        return value
    }
}

extension Encoder {
    func write(_ text: String) throws {
        var container = singleValueContainer()
        try container.encode(text)
    }
}

/// `number` with leading zeros up to `width`.
func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// The number that a text of exactly `width` decimal digits says; nil for any other text.
func number(_ text: some StringProtocol, width: Int) -> Int? {
    guard text.utf8.count == width, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int(text)
}
