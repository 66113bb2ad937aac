extension JSONText {
    /// The canonical spelling: keys sorted by UTF-16 code units, no space, the fewest escapes. For values without
    /// fractions and with integers below 2^53 this is RFC 8785. Digests are taken over it.
    public static func canonical(_ value: JSONValue) -> [UInt8] {
        var writer = JSONWriter(isSorted: true, isIndented: false)
        writer.write(value)
        return writer.bytes
    }

    /// Keys in the order given; on one line, or indented by two spaces with a line feed at the end.
    public static func write(_ value: JSONValue, indented: Bool = false) -> [UInt8] {
        var writer = JSONWriter(isSorted: false, isIndented: indented)
        writer.write(value)
        if indented { writer.endLine() }
        return writer.bytes
    }
}

private struct JSONWriter {
    let isSorted: Bool
    let isIndented: Bool
    private(set) var bytes: [UInt8] = []
    private var depth = 0

    init(isSorted: Bool, isIndented: Bool) {
        self.isSorted = isSorted
        self.isIndented = isIndented
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: append("null")
        case .boolean(let boolean): append(boolean ? "true" : "false")
        case .integer(let integer): append(String(integer))
        case .number(let number): append(number.isFinite ? Self.spelling(of: number) : "null")
        case .string(let string): write(string)
        case .list(let items): write("[", items, "]") { $0.write($1) }
        case .object(let members):
            let ordered = isSorted ? members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) } : members
            write("{", ordered, "}") { writer, member in
                writer.write(member.key)
                writer.append(writer.isIndented ? ": " : ":")
                writer.write(member.value)
            }
        }
    }

    mutating func endLine() { append("\n") }

    private mutating func write<Item>(
        _ open: String,
        _ items: [Item],
        _ close: String,
        _ writeItem: (inout JSONWriter, Item) -> Void
    ) {
        append(open)
        depth += 1
        for (index, item) in items.enumerated() {
            if index > 0 { append(",") }
            breakLine()
            writeItem(&self, item)
        }
        depth -= 1
        if !items.isEmpty { breakLine() }
        append(close)
    }

    private mutating func write(_ string: String) {
        append("\"")
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0a: append("\\n")
            case 0x0c: append("\\f")
            case 0x0d: append("\\r")
            case 0..<0x20: append(byte < 0x10 ? "\\u000" : "\\u00", String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }

    /// Whole numbers without `.0`, as JavaScript writes them.
    private static func spelling(of number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func breakLine() {
        guard isIndented else { return }
        append("\n")
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func append(_ texts: String...) {
        for text in texts { bytes.append(contentsOf: text.utf8) }
    }
}
