/// A recursive reader over bytes that are known to be UTF-8.
struct JSONReader {
    private let bytes: [UInt8]
    private let file: String
    private let depth_max: Int
    private var index = 0
    // The place of `counted`, so that finding places costs one pass over the text however many are asked for.
    private var counted = 0
    private var line = 1
    private var column = 1

    init(bytes: [UInt8], file: String, depth_max: Int) {
        self.bytes = bytes
        self.file = file
        self.depth_max = depth_max
    }

    mutating func document() throws(Problem) -> Node {
        skipSpace()
        guard index < bytes.count else { throw problem(.empty, "holds nothing") }
        let node = try value(depth: 1)
        skipSpace()
        guard index == bytes.count else { throw problem(.badSyntax, "something stands behind the value") }
        return node
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Problem) -> Node {
        guard depth <= depth_max else {
            throw problem(.tooDeep, "stands deeper than \(depth_max) levels", remedy: "make it flatter")
        }
        let place = place()
        guard let byte = peek() else { throw problem(.badSyntax, "a value is expected here") }
        switch byte {
        case UInt8(ascii: "{"): return Node(.mapping(try object(depth: depth)), at: place)
        case UInt8(ascii: "["): return Node(.list(try array(depth: depth)), at: place)
        case UInt8(ascii: "\""): return Node(.scalar(Scalar(try string(), .quoted)), at: place)
        case UInt8(ascii: "t"): return Node(.scalar(try word("true", .boolean)), at: place)
        case UInt8(ascii: "f"): return Node(.scalar(try word("false", .boolean)), at: place)
        case UInt8(ascii: "n"): return Node(.scalar(try word("null", .null)), at: place)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return Node(.scalar(Scalar(try number(), .number)), at: place)
        default: throw problem(.badSyntax, "a value is expected here")
        }
    }

    private mutating func object(depth: Int) throws(Problem) -> Mapping {
        index += 1
        var entries: [Mapping.Entry] = []
        var keys: Set<String> = []
        skipSpace()
        if take("}") { return Mapping([]) }
        while true {
            skipSpace()
            let keyPlace = place()
            guard peek() == UInt8(ascii: "\"") else {
                throw problem(.badSyntax, "a key in quotation marks is expected")
            }
            let key = try string()
            guard keys.insert(key).inserted else {
                throw Problem(keyPlace, .duplicateKey, "the key \(Problem.quote(key)) stands twice")
            }
            skipSpace()
            guard take(":") else { throw problem(.badSyntax, "a \":\" is expected behind the key") }
            skipSpace()
            entries.append(Mapping.Entry(key: key, keyPlace: keyPlace, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return Mapping(entries) }
            guard take(",") else { throw problem(.badSyntax, "a \",\" or \"}\" is expected") }
        }
    }

    private mutating func array(depth: Int) throws(Problem) -> [Node] {
        index += 1
        var items: [Node] = []
        skipSpace()
        if take("]") { return [] }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return items }
            guard take(",") else { throw problem(.badSyntax, "a \",\" or \"]\" is expected") }
        }
    }

    private mutating func word(_ word: StaticString, _ form: Scalar.Form) throws(Problem) -> Scalar {
        let text = "\(word)"
        guard bytes[index...].starts(with: text.utf8) else { throw problem(.badSyntax, "a value is expected here") }
        index += text.utf8.count
        return Scalar(text, form)
    }

    private mutating func number() throws(Problem) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(Problem) {
        let start = index
        while let byte = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { index += 1 }
        guard index > start else { throw problem(.badSyntax, "a digit is expected here") }
    }

    // MARK: Strings

    private mutating func string() throws(Problem) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text.append(contentsOf: Array(String(Character(try escape())).utf8))
            case 0..<0x20:
                throw problem(.badSyntax, "a control character stands in the text", remedy: "write it as \\u00XX")
            default:
                text.append(byte)
                index += 1
            }
        }
        throw problem(.badSyntax, "the text has no closing quotation mark")
    }

    private mutating func escape() throws(Problem) -> Unicode.Scalar {
        let begin = index
        guard begin + 1 < bytes.count else { throw problem(.badSyntax, "the text has no closing quotation mark") }
        let letter = bytes[begin + 1]
        if letter == UInt8(ascii: "u") { return try unicodeEscape() }
        let plain: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
            UInt8(ascii: "f"): "\u{c}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        guard let scalar = plain[letter] else { throw problem(.badSyntax, "unknown escape") }
        index += 2
        return scalar
    }

    /// `\uXXXX`, or two of them that make one character beyond U+FFFF.
    private mutating func unicodeEscape() throws(Problem) -> Unicode.Scalar {
        let start = place()
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(UInt32(high)) { return scalar }
        let lone = Problem(start, .badSyntax, "half a surrogate pair stands alone")
        guard UTF16.isLeadSurrogate(high), bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            throw lone
        }
        let low = try codeUnit()
        guard UTF16.isTrailSurrogate(low) else { throw lone }
        let value = 0x10000 + (UInt32(high) - 0xd800) << 10 + (UInt32(low) - 0xdc00)
        guard let scalar = Unicode.Scalar(value) else { throw lone }
        return scalar
    }

    private mutating func codeUnit() throws(Problem) -> UInt16 {
        let digits = bytes[index...].dropFirst(2).prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem(.badSyntax, "\\u must be followed by four hexadecimal digits") }
        index += 6
        return unit
    }

    // MARK: Bytes and places

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek(), UInt32(byte) == character.value else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { index += 1 }
    }

    private mutating func place() -> Place {
        while counted < index {
            let byte = bytes[counted]
            if byte == 0x0a { (line, column) = (line + 1, 1) } else if byte & 0xc0 != 0x80 { column += 1 }
            counted += 1
        }
        return Place(file: file, line: line, column: column)
    }

    private mutating func problem(_ code: Problem.Code, _ sentence: String, remedy: String? = nil) -> Problem {
        Problem(place(), code, sentence, remedy: remedy)
    }
}
