/// One thing that is wrong with a log, and where.
public enum ChainFault: Hashable, Sendable {
    /// The record's contents and its hash do not belong together.
    case edited(sequence: UInt64)
    /// The record does not continue the one before it, though both are sound in themselves: the one before was
    /// replaced and hashed anew.
    case relinked(sequence: UInt64)
    /// The first record does not continue this cluster's genesis hash.
    case foreign
    /// Records are missing between others.
    case deleted(first: UInt64, last: UInt64)
    /// The record stands behind `after`, where it does not belong.
    case moved(sequence: UInt64, after: UInt64)
    /// The record stands in the log more than once.
    case repeated(sequence: UInt64)
    /// The log ends at `last`, though it is known to have reached `known`.
    case truncated(last: UInt64, known: UInt64)
    /// The record is not the one that was known under this number: the log was written anew.
    case rewritten(sequence: UInt64)
    /// The log goes on behind the head that it claims to end at.
    case extended(sequence: UInt64)

    /// The first record that is wrong or missing.
    public var sequence: UInt64 {
        switch self {
        case .edited(let sequence), .relinked(let sequence), .repeated(let sequence), .rewritten(let sequence),
            .extended(let sequence), .moved(let sequence, _), .deleted(let sequence, _):
            sequence
        case .foreign: 1
        case .truncated(let last, _): last &+ 1
        }
    }
}

extension ChainFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .edited(let sequence): "record \(sequence) was edited: its contents and its hash do not belong together"
        case .relinked(let sequence):
            "record \(sequence) does not continue record \(sequence &- 1), which was replaced and hashed anew"
        case .foreign: "record 1 does not begin this cluster's log"
        case .deleted(let first, let last) where first == last: "record \(first) was deleted"
        case .deleted(let first, let last): "records \(first) to \(last) were deleted"
        case .moved(let sequence, let after): "record \(sequence) was moved behind record \(after)"
        case .repeated(let sequence): "record \(sequence) appears more than once"
        case .truncated(let last, let known):
            "the log was cut off behind record \(last): record \(known) is known to have existed"
        case .rewritten(let sequence):
            "record \(sequence) is not the one known under this number: the log was rewritten"
        case .extended(let sequence): "record \(sequence) stands behind the head that the log claims to end at"
        }
    }
}
