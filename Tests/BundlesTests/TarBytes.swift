/// A tar writer that knows no rules, for archives that break them.
struct TarBytes {
    var name: [UInt8]
    var type: UInt8 = UInt8(ascii: "0")
    var mode = Array("0000644\u{0}".utf8)
    var content: [UInt8] = []
    /// Nil: the content's length in octal.
    var size: [UInt8]?
    var link: [UInt8] = []
    var magic = Array("ustar\u{0}00".utf8)
    var prefix: [UInt8] = []
    /// Nil: the right one.
    var checksum: [UInt8]?
    /// Nil: zeros up to the next block.
    var padding: [UInt8]?

    init(_ name: String) { self.name = Array(name.utf8) }

    static func file(_ name: String, _ content: String = "x") -> TarBytes {
        with(name) { $0.content = Array(content.utf8) }
    }

    static func folder(_ name: String) -> TarBytes {
        with(name) {
            $0.type = UInt8(ascii: "5")
            $0.mode = Array("0000755\u{0}".utf8)
        }
    }

    static func link(_ name: String, to target: String) -> TarBytes { link(name, to: Array(target.utf8)) }

    static func link(_ name: String, to target: [UInt8]) -> TarBytes {
        with(name) {
            $0.type = UInt8(ascii: "2")
            $0.link = target
        }
    }

    static func typed(_ type: Character, _ name: String = "x") -> TarBytes {
        with(name) { $0.type = type.asciiValue ?? 0 }
    }

    /// A pax header that holds these bytes.
    static func pax(_ records: [UInt8]) -> TarBytes {
        with("PaxHeaders/x") {
            $0.type = UInt8(ascii: "x")
            $0.content = records
        }
    }

    static func pax(_ key: String, _ value: [UInt8]) -> TarBytes { pax(record(key, value)) }
    static func pax(_ key: String, _ value: String) -> TarBytes { pax(record(key, Array(value.utf8))) }

    static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [10]
        for length in body.count... where String(length).utf8.count + body.count == length {
            return Array(String(length).utf8) + body
        }
        return []
    }

    static func with(_ name: String, _ change: (inout TarBytes) -> Void) -> TarBytes {
        var entry = TarBytes(name)
        change(&entry)
        return entry
    }

    var bytes: [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ field: [UInt8], at offset: Int, room: Int) {
            for (index, byte) in field.prefix(room).enumerated() { header[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> [UInt8] {
            let text = String(number, radix: 8)
            return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
        }
        put(name, at: 0, room: 100)
        put(mode, at: 100, room: 8)
        put(octal(0, 7), at: 108, room: 8)
        put(octal(0, 7), at: 116, room: 8)
        put(size ?? octal(content.count, 11), at: 124, room: 12)
        put(octal(0, 11), at: 136, room: 12)
        header[156] = type
        put(link, at: 157, room: 100)
        put(magic, at: 257, room: 8)
        put(prefix, at: 345, room: 155)
        put(checksum ?? TarBytes.checksum(of: header), at: 148, room: 8)
        let room = (512 - content.count % 512) % 512
        return header + content + (padding ?? [UInt8](repeating: 0, count: room))
    }

    /// Six octal digits, NUL, space.
    static func checksum(of header: some Collection<UInt8>) -> [UInt8] {
        let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        let text = String(sum, radix: 8)
        return Array((String(repeating: "0", count: 6 - text.count) + text).utf8) + [0, 32]
    }

    static let manifest = file("wavetrain.yaml", "wavetrain: 1\nservice: billing\n")
    static let end = [UInt8](repeating: 0, count: 1024)
}
