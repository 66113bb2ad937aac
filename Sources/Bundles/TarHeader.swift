/// One 512-byte header of POSIX ustar, its fields as they stand. Owners, times and device numbers are not read.
struct TarHeader {
    static let block_bytes = 512
    static let octalLength_bytes_max = 0o777_7777_7777

    enum TypeFlag {
        static let file = UInt8(ascii: "0")
        static let oldFile: UInt8 = 0
        static let hardLink = UInt8(ascii: "1")
        static let symbolicLink = UInt8(ascii: "2")
        static let characterDevice = UInt8(ascii: "3")
        static let blockDevice = UInt8(ascii: "4")
        static let directory = UInt8(ascii: "5")
        static let fifo = UInt8(ascii: "6")
        static let pax = UInt8(ascii: "x")
        static let paxGlobal = UInt8(ascii: "g")
        static let gnuLongName = UInt8(ascii: "L")
        static let gnuLongLink = UInt8(ascii: "K")
        static let gnuSparse = UInt8(ascii: "S")
    }

    private enum Field {
        static let name = 0..<100
        static let mode = 100..<108
        static let owner = 108..<116
        static let group = 116..<124
        static let length = 124..<136
        static let time = 136..<148
        static let checksum = 148..<156
        static let type = 156
        static let link = 157..<257
        static let magic = 257..<265
        static let deviceMajor = 329..<337
        static let deviceMinor = 337..<345
        static let prefix = 345..<500
    }

    private static let magic = Array("ustar\u{0}00".utf8)

    var name: [UInt8]
    var type: UInt8
    var mode: UInt32
    var length_bytes: Int
    var linkName: [UInt8] = []
}

extension TarHeader {
    static func isEmptyBlock(_ block: [UInt8]) -> Bool { block.allSatisfy { $0 == 0 } }

    /// Reads a block of 512 bytes.
    init(_ block: [UInt8]) throws(BundleError) {
        let prefix = Self.text(block[Field.prefix])
        let name = Self.text(block[Field.name])
        let path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
        let shown = String(decoding: path, as: UTF8.self)
        guard Array(block[Field.magic]) == Self.magic else { throw BundleError(.notUstar, at: shown) }
        guard Self.octal(block[Field.checksum]) == Self.checksum(block) else {
            throw BundleError(.badChecksum, at: shown)
        }
        guard let mode = Self.octal(block[Field.mode]), let length = Self.octal(block[Field.length]) else {
            throw BundleError(.badNumber, at: shown)
        }
        self.name = path
        type = block[Field.type]
        self.mode = UInt32(truncatingIfNeeded: mode)
        length_bytes = length
        linkName = Self.text(block[Field.link])
    }

    /// The block of 512 bytes; `name` and `linkName` have at most 100 bytes, the length fits 11 octal digits.
    var block: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.block_bytes)
        func put(_ bytes: some Collection<UInt8>, in field: Range<Int>) {
            block.replaceSubrange(field.prefix(bytes.count), with: bytes)
        }
        func put(octal number: Int, in field: Range<Int>) {
            let digits = String(number, radix: 8).utf8
            put(repeatElement(UInt8(ascii: "0"), count: field.count - 1 - digits.count) + Array(digits), in: field)
        }
        put(name, in: Field.name)
        put(octal: Int(mode), in: Field.mode)
        put(octal: 0, in: Field.owner)
        put(octal: 0, in: Field.group)
        put(octal: length_bytes, in: Field.length)
        put(octal: 0, in: Field.time)
        block[Field.type] = type
        put(linkName, in: Field.link)
        put(Self.magic, in: Field.magic)
        put(octal: 0, in: Field.deviceMajor)
        put(octal: 0, in: Field.deviceMinor)
        // Six digits, NUL, space, as the standard has it.
        put(octal: Self.checksum(block), in: Field.checksum.dropLast())
        block[Field.checksum.upperBound - 1] = UInt8(ascii: " ")
        return block
    }

    /// The sum of all bytes, those of the checksum itself counted as spaces.
    private static func checksum(_ block: [UInt8]) -> Int {
        var sum = 0
        for (index, byte) in block.enumerated() {
            sum += Field.checksum.contains(index) ? Int(UInt8(ascii: " ")) : Int(byte)
        }
        return sum
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits up to a NUL, a space or the field's end, nothing but those behind; at most 12 digits, so they fit.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        let rest = field.dropFirst(digits.count)
        guard !digits.isEmpty, rest.allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }
    }
}
