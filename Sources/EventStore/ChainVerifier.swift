import TrainModel

/// Walks a log record by record and says where and how it was edited, deleted from, reordered, cut off or rewritten.
///
/// A chain proves itself only up to its end: whoever can write the whole log can cut it short or write it anew. Heads
/// known from elsewhere (an agent's newest, an earlier export) close that gap.
public struct ChainVerifier: Sendable {
    /// The walk ends after so many faults: by then the log is beyond repair and the rest would be noise.
    public static let faults_max = 100

    /// The newest record walked.
    public private(set) var last: ChainHead
    /// What an edited record's successor may name instead of `last.hash`: which of the two was changed is unknown.
    private var lastContentHash: Digest?
    private var faults: [ChainFault] = []
    private var gaps: [ClosedRange<UInt64>] = []
    private let known: [UInt64: Digest]
    private let knownSequence_max: UInt64

    /// `start` is where the walk begins: the genesis of the cluster, or a head that is trusted. Heads known from
    /// before `start` cannot be checked and are ignored.
    public init(after start: ChainHead, known heads: [ChainHead] = []) {
        last = start
        known = Dictionary(heads.map { ($0.sequence, $0.hash) }, uniquingKeysWith: { first, _ in first })
        knownSequence_max = heads.map(\.sequence).max() ?? 0
        compareWithKnown(start)
        let sorted = heads.sorted { $0.sequence < $1.sequence }
        for (one, other) in zip(sorted, sorted.dropFirst()) where one.sequence == other.sequence && one != other {
            faults.append(.rewritten(sequence: one.sequence))
        }
    }

    public mutating func take(_ record: EventRecord) {
        guard faults.count + gaps.count < Self.faults_max else { return }
        let next = last.sequence &+ 1
        let isLinked = record.previousHash == last.hash || record.previousHash == lastContentHash
        let contentHash = record.contentHash
        if contentHash != record.hash {
            takeEdited(record, contentHash, next: next, isLinked: isLinked)
        } else if record.sequence == next {
            if !isLinked { faults.append(next == 1 ? .foreign : .relinked(sequence: next)) }
            advance(to: record.head)
        } else {
            takeMisplaced(record, next: next)
        }
    }

    /// All faults in the order of their places; none means that every record is as it was written.
    public consuming func finish() -> [ChainFault] {
        if last.sequence < knownSequence_max {
            faults.append(.truncated(last: last.sequence, known: knownSequence_max))
        }
        faults += gaps.map { .deleted(first: $0.lowerBound, last: $0.upperBound) }
        return faults.sorted { $0.sequence < $1.sequence }
    }

    /// An edited record keeps its place when its link or its number says so, whichever of them was edited.
    private mutating func takeEdited(_ record: EventRecord, _ contentHash: Digest, next: UInt64, isLinked: Bool) {
        let isInPlace = isLinked || record.sequence == next
        faults.append(.edited(sequence: isInPlace ? next : record.sequence))
        guard isInPlace else { return takeMisplaced(record, next: next) }
        advance(to: ChainHead(sequence: next, hash: record.hash), contentHash: contentHash)
    }

    private mutating func takeMisplaced(_ record: EventRecord, next: UInt64) {
        if record.sequence > next {
            gaps.append(next...(record.sequence - 1))
            advance(to: record.head)
        } else if fillGap(with: record.sequence) {
            faults.append(.moved(sequence: record.sequence, after: last.sequence))
            compareWithKnown(record.head)
        } else {
            faults.append(.repeated(sequence: record.sequence))
        }
    }

    private mutating func advance(to head: ChainHead, contentHash: Digest? = nil) {
        last = head
        lastContentHash = contentHash
        // An edited record is reported already.
        if contentHash == nil { compareWithKnown(head) }
    }

    private mutating func compareWithKnown(_ head: ChainHead) {
        if let hash = known[head.sequence], hash != head.hash { faults.append(.rewritten(sequence: head.sequence)) }
    }

    /// Whether `sequence` was missing so far.
    private mutating func fillGap(with sequence: UInt64) -> Bool {
        guard let index = gaps.firstIndex(where: { $0.contains(sequence) }) else { return false }
        let gap = gaps.remove(at: index)
        if gap.upperBound > sequence { gaps.insert((sequence + 1)...gap.upperBound, at: index) }
        if gap.lowerBound < sequence { gaps.insert(gap.lowerBound...(sequence - 1), at: index) }
        return true
    }
}
