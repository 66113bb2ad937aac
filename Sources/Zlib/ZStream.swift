import CZlib

/// How much output is produced before it is handed on.
let scratchSize_bytes = 64 * 1024

extension UnsafeMutablePointer<z_stream> {
    /// Lets zlib read `bytes`, at most 4 GiB, for as long as `body` runs.
    func takeInput(_ bytes: UnsafeRawBufferPointer, while body: () throws -> Void) rethrows {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        // zlib's input is not const for old compilers' sake; it is not written to.
        pointee.next_in = UnsafeMutablePointer<UInt8>(mutating: start)
        pointee.avail_in = UInt32(bytes.count)
        defer {
            pointee.next_in = nil
            pointee.avail_in = 0
        }
        try body()
    }

    /// Lets zlib write to the first `room` bytes of `scratch`, and returns how many those are.
    func offerRoom(_ scratch: UnsafeMutableRawBufferPointer, atMost bytes_max: Int = .max) -> Int {
        let room = Swift.min(scratch.count, bytes_max)
        pointee.next_out = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
        pointee.avail_out = UInt32(room)
        return room
    }
}
