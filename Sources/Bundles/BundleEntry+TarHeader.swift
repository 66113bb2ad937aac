extension BundleEntry {
    private static let setIDBits: UInt32 = 0o6000
    private static let ownerMayRun: UInt32 = 0o100

    /// The entry that a header (with its pax records applied) stands for, if a bundle may hold it.
    init(_ header: TarHeader) throws(BundleError) {
        let shown = String(decoding: header.name, as: UTF8.self)
        try Self.checkType(header.type, shown)
        path = try EntryPath(archived: header.name)
        guard header.mode & Self.setIDBits == 0 else { throw BundleError(.setID, at: path) }
        switch header.type {
        case TarHeader.TypeFlag.directory: kind = .directory
        case TarHeader.TypeFlag.symbolicLink: kind = .link(try LinkTarget(header.linkName, of: path))
        default:
            let isExecutable = header.mode & Self.ownerMayRun != 0
            kind = .file(length_bytes: header.length_bytes, isExecutable: isExecutable)
            guard header.name.last != UInt8(ascii: "/") else {
                throw BundleError(.slashAfterFile, at: shown)
            }
            return
        }
        guard header.length_bytes == 0 else { throw BundleError(.unexpectedContent, at: path) }
        guard kind == .directory || header.name.last != UInt8(ascii: "/") else {
            throw BundleError(.slashAfterFile, at: shown)
        }
    }

    private static func checkType(_ type: UInt8, _ shown: String) throws(BundleError) {
        switch type {
        case TarHeader.TypeFlag.file, TarHeader.TypeFlag.oldFile: return
        case TarHeader.TypeFlag.directory, TarHeader.TypeFlag.symbolicLink: return
        case TarHeader.TypeFlag.hardLink: throw BundleError(.hardLink, at: shown)
        case TarHeader.TypeFlag.characterDevice, TarHeader.TypeFlag.blockDevice: throw BundleError(.device, at: shown)
        case TarHeader.TypeFlag.fifo: throw BundleError(.fifo, at: shown)
        case TarHeader.TypeFlag.paxGlobal: throw BundleError(.globalHeader, at: shown)
        case TarHeader.TypeFlag.gnuLongName, TarHeader.TypeFlag.gnuLongLink: throw BundleError(.gnuLongName, at: shown)
        case TarHeader.TypeFlag.gnuSparse: throw BundleError(.sparse, at: shown)
        default: throw BundleError(.unknownType, at: shown, "type \(type)")
        }
    }
}
