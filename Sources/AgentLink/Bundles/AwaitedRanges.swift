/// The ranges of a request that have not arrived.
struct AwaitedRanges {
    /// The next at the end.
    private var ranges: [Range<UInt64>]

    init(_ ranges: [Range<UInt64>]) { self.ranges = ranges.reversed() }

    var isEmpty: Bool { ranges.isEmpty }

    /// The next bytes have arrived; they may not reach beyond their range.
    ///
    /// - Returns: whether the range is complete with them.
    mutating func take(_ count: Int, of file: PartialFile) throws(LinkError) -> Bool {
        guard let range = ranges.popLast(), count <= range.count else {
            throw LinkError(
                .wrongLength,
                at: file.path,
                "More bytes arrived than were asked for of the \(file.length_bytes) that are signed.",
                remedy: "The controller's artifact store is damaged, or the controller lies: look at it."
            )
        }
        if count < range.count { ranges.append(range.dropFirst(count)) }
        return count == range.count
    }
}
