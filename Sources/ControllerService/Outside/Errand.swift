import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Something to be asked of or told to the outside, and to whom its answer goes.
struct Errand: Sendable {
    let effect: Effect
    let answer: @Sendable (Input) -> Void
    /// When it was asked for: its time runs also while it waits.
    let asked: ContinuousClock.Instant

    /// How long its answer is waited for. Longer than a plan's probe says makes no sense, since the answer would come
    /// too late; the others are shorter than the decisions' own patience.
    var patience: Interval {
        switch effect {
        case .probe(_, _, _, let timeout): timeout
        case .lookForTags, .findChanges: .minutes(2)
        case .notify: .minutes(1)
        default: .zero
        }
    }

    /// Of the same kind not everything may wait behind what is slow.
    var lane: Lane {
        switch effect {
        case .lookForTags(let plan, _): Lane(kind: .registry, turn: plan.text)
        case .findChanges(_, let rule, _): Lane(kind: .repository, turn: rule.repository)
        case .notify(let notice): Lane(kind: .notice, turn: notice.channel)
        default: Lane(kind: .probe, turn: nil)
        }
    }

    struct Lane: Hashable, Sendable {
        enum Kind: Hashable, Sendable, CaseIterable {
            case probe, registry, repository, notice

            /// How many are under way at once.
            var width: Int {
                switch self {
                case .probe: 32
                case .registry, .repository: 4
                case .notice: 16
                }
            }
        }

        let kind: Kind
        /// Of those with the same turn one is under way at a time, in the order asked; nil: any number.
        let turn: String?
    }

    /// The answer when nobody will ask.
    func failed(_ reason: String) -> Input? {
        switch effect {
        case .probe(let key, _, _, _): .probed(key, .init(value: "", failure: reason))
        case .lookForTags(let plan, _): .tagsUnseen(plan, reason: reason)
        case .findChanges(let plan, _, _): .changesFound(plan, .failure(ChangesUnknown(reason: reason)))
        case .notify(let notice): .noticeAnswered(notice.id, failure: reason)
        case .deliver, .acknowledgeReceipt, .cutLink, .wake: nil
        }
    }
}
