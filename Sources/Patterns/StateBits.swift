/// A set of states, one bit each.
struct StateBits: Sendable {
    private(set) var words: [UInt64]

    init(capacity: Int) {
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    func contains(_ index: Int) -> Bool { words[index >> 6] & (1 << UInt64(index & 63)) != 0 }

    mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }

    mutating func formUnion(_ other: StateBits) {
        for word in words.indices { words[word] |= other.words[word] }
    }

    /// Becomes the states behind those that stand in both sets.
    mutating func becomeSuccessors(of states: StateBits, in other: StateBits) {
        var carry: UInt64 = 0
        for word in words.indices {
            let common = states.words[word] & other.words[word]
            words[word] = common << 1 | carry
            carry = common >> 63
        }
    }

    /// Becomes `base` with what of `states` is not in `others`.
    mutating func become(_ base: StateBits, and states: StateBits, without others: StateBits) {
        for word in words.indices { words[word] = base.words[word] | states.words[word] & ~others.words[word] }
    }

    /// Those that stand in both sets, ascending.
    func forEachCommon(with other: StateBits, _ body: (Int) -> Void) {
        for word in words.indices {
            var rest = words[word] & other.words[word]
            while rest != 0 {
                body(word << 6 | rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
