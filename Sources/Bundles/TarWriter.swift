/// Writes entries as ustar, with a pax header before those whose path, target or length does not fit.
enum TarWriter {
    private static let nameLength_bytes_max = 100
    private static let paxName = Array("PaxHeaders/entry".utf8)

    /// Two empty blocks end an archive.
    static let end = [UInt8](repeating: 0, count: 2 * TarHeader.block_bytes)

    /// What stands before the entry's content.
    static func header(of entry: BundleEntry) -> [UInt8] {
        var pax = PaxRecords()
        var header = TarHeader(
            name: Array(entry.path.text.utf8),
            type: TarHeader.TypeFlag.file,
            mode: entry.mode,
            length_bytes: 0
        )
        switch entry.kind {
        case .file(let length_bytes, _):
            header.length_bytes = length_bytes
        case .directory:
            header.type = TarHeader.TypeFlag.directory
            header.name.append(UInt8(ascii: "/"))
        case .link(let target):
            header.type = TarHeader.TypeFlag.symbolicLink
            header.linkName = Array(target.text.utf8)
        }
        if header.name.count > nameLength_bytes_max {
            pax.path = header.name
            header.name = Array(header.name.prefix(nameLength_bytes_max))
        }
        if header.linkName.count > nameLength_bytes_max {
            pax.linkPath = header.linkName
            header.linkName = Array(header.linkName.prefix(nameLength_bytes_max))
        }
        if header.length_bytes > TarHeader.octalLength_bytes_max {
            pax.length_bytes = header.length_bytes
            header.length_bytes = 0
        }
        return pax.isEmpty ? header.block : paxEntry(pax) + header.block
    }

    /// What stands behind content of this length, up to the next block.
    static func padding(length_bytes: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: paddingLength_bytes(length_bytes))
    }

    static func paddingLength_bytes(_ length_bytes: Int) -> Int {
        let over = length_bytes % TarHeader.block_bytes
        return over == 0 ? 0 : TarHeader.block_bytes - over
    }

    private static func paxEntry(_ records: PaxRecords) -> [UInt8] {
        let bytes = records.bytes
        let header = TarHeader(name: paxName, type: TarHeader.TypeFlag.pax, mode: 0o644, length_bytes: bytes.count)
        return header.block + bytes + padding(length_bytes: bytes.count)
    }
}
