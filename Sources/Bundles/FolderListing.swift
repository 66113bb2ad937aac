import Glibc

/// The names in a folder without `.` and `..`, in the file system's order. Blocks.
public enum FolderListing {
    /// Why the kernel does not list it, or not to its end.
    public struct Refusal: Error, Hashable, Sendable {
        /// As in errno.h.
        public let number: Int32
    }

    /// What is no UTF-8 in a name is replaced.
    ///
    /// - Throws: number ENOENT where there is no such folder.
    public static func names(in path: String) throws(Refusal) -> [String] {
        // The listing, or nil with errno.
        guard let listing = opendir(path) else { throw Refusal(number: errno) }
        defer { closedir(listing) }
        return try names(in: listing) { String(cString: $0) }
    }

    static func names<Name>(
        in listing: OpaquePointer,
        _ name: (UnsafePointer<CChar>) -> Name
    ) throws(Refusal) -> [Name] {
        var names: [Name] = []
        while true {
            errno = 0
            // The next entry; nil at the end, or with errno.
            guard let entry = readdir(listing) else {
                guard errno == 0 else { throw Refusal(number: errno) }
                return names
            }
            let start = start(ofName: entry)
            if strcmp(start, ".") != 0, strcmp(start, "..") != 0 { names.append(name(start)) }
        }
    }

    /// In place: the record may be shorter than the structure, whose name has room for the longest.
    private static func start(ofName entry: UnsafePointer<dirent>) -> UnsafePointer<CChar> {
        guard let offset = MemoryLayout.offset(of: \dirent.d_name) else { preconditionFailure("d_name is stored") }
        return (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
    }
}
