import Glibc

/// Whole small files, also those of the kernel, which do not say how long they are. Blocks.
enum SmallFile {
    /// Nil where there is none that may be read, or it is larger.
    static func read(_ path: String, bytes_max: Int = 64 << 10) -> [UInt8]? {
        // The descriptor, or -1.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= bytes_max {
            let piece = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
                // How many bytes were read, 0 at the end, or -1.
                count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }
}
