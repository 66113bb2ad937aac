extension BundleError.Code {
    /// What is wrong, without the entry.
    public var sentence: String { words.sentence }

    /// What to do about it.
    public var remedy: String { words.remedy }

    /// Problems of a manifest come one a line, each with its place.
    var isFollowedByLines: Bool { self == .manifestInvalid }

    private static let packAgain = "pack the bundle again with wavetrain"
    private static let fetchAgain = "fetch the bundle again"

    private var words: (sentence: String, remedy: String) {
        switch self {
        case .lengthMismatch: ("the bundle has not the signed length", Self.fetchAgain)
        case .digestMismatch: ("the bundle has not the signed digest", Self.fetchAgain)
        case .badCompression: ("the bundle is no undamaged gzip stream", Self.packAgain)
        case .truncated: ("the archive stops before its end", Self.packAgain)
        case .trailingData: ("something follows the end of the archive", Self.packAgain)
        case .tooManyBytes: ("unpacks to more bytes than are allowed", "make the bundle smaller or raise the limit")
        case .tooManyEntries: ("the bundle has more entries than are allowed", "leave files out or raise the limit")
        case .ratioTooHigh: ("the bundle expands beyond the allowed ratio", "leave out long runs of one byte")
        case .notUstar: ("a header is not in the ustar format", "use tar --format=ustar, or \(Self.packAgain)")
        case .badChecksum: ("a header's checksum does not match", Self.packAgain)
        case .badNumber: ("a header holds a number that is not octal or does not fit", Self.packAgain)
        case .badPadding: ("the space behind its content is not empty", Self.packAgain)
        case .badPax: ("its pax header is malformed", Self.packAgain)
        case .unknownPaxRecord:
            ("its pax header says more than path, linkpath and size", "use tar --format=ustar, or \(Self.packAgain)")
        case .unexpectedContent: ("a folder or link has content", Self.packAgain)
        case .hardLink: ("is a hard link", "put a copy or a symbolic link in its place")
        case .device: ("is a device", "leave it out")
        case .fifo: ("is a named pipe", "leave it out; a hook can make it")
        case .socket: ("is a socket", "leave it out; the service makes it")
        case .sparse: ("is a sparse file", "use tar without --sparse, or \(Self.packAgain)")
        case .gnuLongName: ("has a long name in GNU's own format", "use tar --format=pax, or \(Self.packAgain)")
        case .globalHeader: ("is a pax header for all entries", "use tar --format=ustar, or \(Self.packAgain)")
        case .unknownType: ("is of an unknown type", Self.packAgain)
        case .setID: ("sets its user or group when run", "clear the bits with chmod ug-s")
        case .emptyName: ("an entry has no name", Self.packAgain)
        case .absolutePath: ("is an absolute path", "pack paths relative to the bundle's folder")
        case .parentReference: ("leads upwards by \"..\"", "pack paths relative to the bundle's folder")
        case .emptyComponent: ("has an empty part between two slashes", Self.packAgain)
        case .dotComponent: ("has a part \".\" that is not its first", Self.packAgain)
        case .slashAfterFile: ("is no folder and yet ends with a slash", Self.packAgain)
        case .notUTF8: ("is no UTF-8 text", "rename it")
        case .controlCharacter: ("holds a control character", "rename it")
        case .backslash: ("holds a backslash", "rename it")
        case .pathTooLong: ("is longer than \(EntryPath.length_bytes_max) bytes", "shorten it")
        case .componentTooLong: ("has a part longer than \(EntryPath.componentLength_bytes_max) bytes", "shorten it")
        case .tooDeep: ("stands deeper than \(EntryPath.depth_max) folders", "move it up")
        case .duplicate: ("stands in the bundle twice", Self.packAgain)
        case .twin: ("differs from another name only in case or in Unicode form", "rename one of the two")
        case .missingParent: ("comes before its folder", "let the archive hold folders, each before what is in it")
        case .parentNotDirectory: ("stands inside something that is no folder", Self.packAgain)
        case .absoluteLink: ("is a link to an absolute path", "link to a relative path inside the bundle")
        case .escapingLink:
            ("is a link that leads out of the bundle, or has \"..\" behind a name", "link to a path inside the bundle")
        case .badLinkTarget: ("is a link whose target is no usable path", "link to a path inside the bundle")
        case .manifestMissing:
            ("is missing from the bundle's top folder", "write one that begins with \"wavetrain: 1\" and \"service: \"")
        case .manifestInvalid: ("cannot be used as it is:", "correct it; if it was packed, pack the bundle again")
        case .changedWhilePacking: ("changed while it was packed", "pack again when nothing writes to the folder")
        case .outputInside: ("is the bundle being written, inside the folder that is packed", "write it elsewhere")
        case .alreadyThere: ("exists already", "remove it, or choose another name")
        case .notFound: ("does not exist, or is not what it should be", "check the path")
        case .noSpace: ("cannot be written: no space is left", "free some space and try again")
        case .noPermission: ("may not be read or written", "change its owner or mode, or run as another user")
        case .outOfMemory: ("zlib got no memory", "free some memory and try again")
        case .flushFailed:
            ("what was written may never reach the disk", "look at the disk and the kernel's log, then begin again")
        case .systemCall: ("the system refused", "look up the error named here")
        }
    }
}
