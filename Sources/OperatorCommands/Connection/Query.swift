/// What stands behind the `?` of a path; empty without values.
struct Query: CustomStringConvertible {
    private var pairs: [String] = []

    mutating func add(_ key: String, _ value: (some CustomStringConvertible)?) {
        guard let value else { return }
        pairs.append("\(key)=\(Self.escaped("\(value)"))")
    }

    var description: String { pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&") }

    /// RFC 3986: everything but unreserved characters.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}
