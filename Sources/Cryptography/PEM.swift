/// DER between BEGIN and END lines (RFC 7468).
///
/// Read here rather than by libcrypto, whose readers ask the terminal for a passphrase: nothing below can.
enum PEM {
    struct Block {
        let label: String
        let der: [UInt8]
    }

    static func encode(_ der: [UInt8], label: String) -> String {
        var body = Base64.standard.encode(der)[...]
        var text = "-----BEGIN \(label)-----\n"
        while !body.isEmpty {
            text += body.prefix(64) + "\n"
            body = body.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }

    /// The only block of a text that must hold just one.
    static func block(in text: some StringProtocol, kind: String, bytes_max: Int) throws -> Block {
        let blocks = try blocks(in: text, kind: kind, bytes_max: bytes_max)
        guard let first = blocks.first, blocks.count == 1 else {
            throw CryptographyError.malformed(kind, "The text holds \(blocks.count) PEM blocks instead of one.")
        }
        return first
    }

    /// All blocks in order; text around them is skipped, as `openssl x509 -text` writes some.
    static func blocks(in text: some StringProtocol, kind: String, bytes_max: Int) throws -> [Block] {
        guard text.utf8.count <= bytes_max else {
            throw CryptographyError.tooLarge(kind, bytes: text.utf8.count, bytes_max: bytes_max)
        }
        var blocks: [Block] = []
        var open: (label: String, body: String)?
        // A line ends with LF or CR LF, which Swift sees as one character.
        for line in text.split(whereSeparator: \.isNewline) {
            if let label = marked("BEGIN", line) {
                guard open == nil else { throw CryptographyError.malformed(kind, "A PEM block begins in another.") }
                open = (label, "")
            } else if let label = marked("END", line) {
                guard let block = open, block.label == label, let der = Base64.standard.decode(block.body), !der.isEmpty
                else { throw CryptographyError.malformed(kind, "A PEM block is not base64 between matching lines.") }
                blocks.append(Block(label: label, der: der))
                open = nil
            } else {
                open?.body += line
            }
        }
        guard open == nil else { throw CryptographyError.malformed(kind, "The last PEM block has no end.") }
        return blocks
    }

    /// The label of a line such as `-----BEGIN CERTIFICATE-----`.
    private static func marked(_ word: String, _ line: some StringProtocol) -> String? {
        let start = "-----\(word) "
        let end = "-----"
        guard line.hasPrefix(start), line.hasSuffix(end), line.count > start.count + end.count else { return nil }
        return String(line.dropFirst(start.count).dropLast(end.count))
    }
}
