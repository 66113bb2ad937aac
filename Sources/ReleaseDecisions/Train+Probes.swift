import OrderedCollections
import TimeAndChance
import TrainModel

extension Train {
    /// Longer answers are cut; what is looked at is a number or a word.
    static let answerBytes_max = 256

    /// Takes what the outside answered.
    mutating func weigh(_ answer: ProbeAnswer, to key: ProbeKey, at now: Instant) {
        switch key {
        case .gate(let release, let gate, let index, let look):
            weigh(answer, to: CheckKey(release: release, gate: gate), index: index, look: look, at: now)
        case .comparison: compare(answer, to: key, at: now)
        case .diagnosis: note(answer, to: key, at: now)
        }
    }

    /// An answer to an earlier look says nothing of this moment.
    private mutating func weigh(_ answer: ProbeAnswer, to key: CheckKey, index: Int, look: UInt64, at now: Instant) {
        guard let known = observed.looks[key], known.number == look, known.completed == nil,
            known.answers.indices.contains(index), known.answers[index] == nil
        else { return }
        observed.looks[key]?.answers[index] = answer.cut(to: Self.answerBytes_max)
        revisions.changed(key.release)
        guard observed.looks[key]?.answers.allSatisfy({ $0 != nil }) == true else { return }
        observed.looks[key]?.completed = now
        advance(key.release, at: now)
    }
}

extension ProbeAnswer {
    fileprivate func cut(to bytes_max: Int) -> ProbeAnswer {
        ProbeAnswer(value: value.cut(to: bytes_max), failure: failure.cut(to: bytes_max))
    }
}

extension String {
    /// Whole characters of the beginning.
    fileprivate func cut(to bytes_max: Int) -> String {
        guard utf8.count > bytes_max else { return self }
        var kept = ""
        for character in self {
            guard kept.utf8.count + character.utf8.count <= bytes_max else { break }
            kept.append(character)
        }
        return kept
    }
}
