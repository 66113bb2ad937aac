/// How much of a text is read before it is refused.
public struct TextLimits: Sendable {
    public var bytes_max: Int
    /// How deep lists and mappings may stand in one another.
    public var depth_max: Int

    public init(bytes_max: Int = 1 << 20, depth_max: Int = 32) {
        self.bytes_max = bytes_max
        self.depth_max = depth_max
    }

    public static let standard = TextLimits()
}

extension TextLimits {
    /// The text behind the bytes: within the size, valid UTF-8, no byte-order mark. Nil after recording why not.
    func text(of bytes: [UInt8], file: String, _ problems: ProblemCollector) -> String? {
        let start = Place.start(of: file)
        guard bytes.count <= bytes_max else {
            problems.add(
                start,
                .tooLarge,
                "\(bytes.count) bytes are more than the \(bytes_max) that are read",
                remedy: "split it or make it smaller"
            )
            return nil
        }
        guard !bytes.starts(with: [0xef, 0xbb, 0xbf]) else {
            problems.add(start, .byteOrderMark, "starts with a byte-order mark", remedy: "save it as UTF-8 without one")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(firstBadUTF8(in: bytes, file: file), .badUTF8, "is not UTF-8", remedy: "save it as UTF-8")
            return nil
        }
        return text
    }

    private func firstBadUTF8(in bytes: [UInt8], file: String) -> Place {
        var line = 1
        var column = 1
        var decoder = UTF8()
        var source = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&source) {
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return Place(file: file, line: line, column: column)
    }
}
