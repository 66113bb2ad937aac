/// A client's ALPN offer in wire form: names, each behind one byte with its length.
struct ProtocolOffer {
    let bytes: UnsafeBufferPointer<UInt8>

    /// Where `name` stands in the offer; nil when it was not offered. A length that reaches beyond the end ends the
    /// search.
    func find(_ name: String) -> UnsafeBufferPointer<UInt8>? {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = start + 1 + Int(bytes[start])
            guard end <= bytes.endIndex else { return nil }
            let offered = bytes[(start + 1)..<end]
            if offered.elementsEqual(name.utf8) { return UnsafeBufferPointer(rebasing: offered) }
            start = end
        }
        return nil
    }
}
