import Glibc
import NIOCore

/// An open bundle on this machine's disk. Reads block: call them on a thread pool.
final class BundleReader: Sendable {
    private let descriptor: CInt
    let length_bytes: UInt64

    /// - Throws: `LinkError` `fileFailed` when it cannot be opened; `wrongLength` when it is not as long as it should be.
    init(_ file: BundleFile) throws(LinkError) {
        // A descriptor, or -1.
        descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .file(file.path, "open", errno) }
        length_bytes = file.length_bytes
        var status = stat()
        // 0, or -1.
        guard fstat(descriptor, &status) == 0 else { throw .file(file.path, "examine", errno) }
        guard UInt64(clamping: status.st_size) == length_bytes else {
            throw LinkError(
                .wrongLength,
                at: file.path,
                "The file has \(status.st_size) bytes; its artifact has \(length_bytes).",
                remedy: "Push the artifact again."
            )
        }
    }

    deinit {
        close(descriptor)
    }

    /// The whole frame of the chunk with the first of these bytes.
    ///
    /// - Throws: `LinkError` `fileFailed`, also when the file has become shorter.
    func chunkFrame(_ range: Range<UInt64>) throws(LinkError) -> ByteBuffer {
        let offset = range.lowerBound
        let count = min(BundleChunk.bytes_max, range.count)
        var frame = ByteBuffer()
        frame.reserveCapacity(count + 16)
        BundleChunk.writeHead(into: &frame, chunk_bytes: count)
        var done = 0
        while done < count {
            let position = off_t(offset) + off_t(done)
            let missing = count - done
            // Bytes read, 0 at the end of the file, or -1.
            let read = frame.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
                max(0, pread(descriptor, space.baseAddress, missing, position))
            }
            guard read > 0 else { throw .file("bundle", "read", errno) }
            done += read
        }
        return frame
    }
}

extension LinkError {
    static func file(_ path: String, _ verb: String, _ number: CInt) -> LinkError {
        LinkError(
            .fileFailed,
            at: path,
            "It is not possible to \(verb) the file: \(String(cString: strerror(number))).",
            remedy: "Check that it exists, its permissions, and the space and health of its disk."
        )
    }
}
