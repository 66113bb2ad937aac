/// The records of a pax header that a bundle may have: what does not fit the ustar header behind it.
struct PaxRecords: Equatable {
    /// Two paths and a number, with room to spare.
    static let length_bytes_max = 4_096

    var path: [UInt8]?
    var linkPath: [UInt8]?
    var length_bytes: Int?

    init(path: [UInt8]? = nil, linkPath: [UInt8]? = nil, length_bytes: Int? = nil) {
        self.path = path
        self.linkPath = linkPath
        self.length_bytes = length_bytes
    }

    var isEmpty: Bool { self == PaxRecords() }
}

extension PaxRecords {
    /// Reads records of the form `<length> <key>=<value>\n`, the length counting all of it.
    init(_ bytes: [UInt8]) throws(BundleError) {
        var rest = bytes[...]
        guard !rest.isEmpty else { throw BundleError(.badPax) }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard let length = Self.decimal(digits), length > digits.count + 1, length <= rest.count else {
                throw BundleError(.badPax)
            }
            let record = rest.prefix(length).dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw BundleError(.badPax)
            }
            try add(String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...].dropLast()))
        }
    }

    private mutating func add(_ key: String, _ value: [UInt8]) throws(BundleError) {
        guard !value.isEmpty else { throw BundleError(.badPax) }
        switch key {
        case "path" where path == nil: path = value
        case "linkpath" where linkPath == nil: linkPath = value
        case "size" where length_bytes == nil:
            guard let length = Self.decimal(value[...]) else { throw BundleError(.badNumber) }
            length_bytes = length
        case "path", "linkpath", "size": throw BundleError(.badPax)
        default: throw BundleError(.unknownPaxRecord, at: nil, BundleError.quote(key))
        }
    }

    /// Digits without sign or leading zero that fit an Int.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// As they are written; reading it gives the same records.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        if let path { bytes += Self.record("path", path) }
        if let linkPath { bytes += Self.record("linkpath", linkPath) }
        if let length_bytes { bytes += Self.record("size", Array(String(length_bytes).utf8)) }
        return bytes
    }

    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        // The length counts its own digits.
        var length = body.count + 1
        while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
        return Array(String(length).utf8) + body
    }
}
