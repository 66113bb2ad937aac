import Glibc

extension Descriptor {
    /// The file at a path below this folder, reached without following any link. Nil when there is none.
    func openFile(at path: EntryPath) throws(BundleError) -> Descriptor? {
        do throws(BundleError) {
            var folder = self
            for name in path.parent.components { folder = try folder.openFolder(name) }
            return try folder.openFile(path.name)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Opens for reading; never waits, even if somebody put a pipe there meanwhile.
    func openFile(_ name: String) throws(BundleError) -> Descriptor {
        try Descriptor(opening: name, in: self, O_RDONLY | O_NONBLOCK)
    }

    /// All of a file, nil when it is longer than `bytes_max`.
    func contents(bytes_max: Int) throws(BundleError) -> [UInt8]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes_max + 1, alignment: 1)
        defer { buffer.deallocate() }
        var count = 0
        while count < buffer.count {
            let read_bytes = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            guard read_bytes > 0 else { return Array(buffer.prefix(count)) }
            count += read_bytes
        }
        return nil
    }
}
