import Calendars
import StructuredText
import TrainModel

extension Shape where Value == [Gate] {
    /// A list of conditions, each a mapping of its kind to its terms: `- approval: release-oncall`. `use` stands for
    /// the gates of a list that the plan names.
    static func gates(_ words: Vocabulary) -> Shape {
        let list = Shape<[Located<[Gate]>]>.list(of: Shape.gate(words).located, count: 0...50)
        return Shape("a list of gates", schema: list.schema) { node, label, problems in
            guard let items = list.read(node, label, problems) else { return nil }
            var seen: Set<Gate> = []
            for item in items {
                for gate in item.value where !seen.insert(gate).inserted {
                    problems.add(item.place, .duplicateGate, "the same gate stands twice", remedy: "keep one of them")
                }
            }
            return items.flatMap(\.value)
        }
    }

    private static func gate(_ words: Vocabulary) -> Shape {
        let kinds: KeyValuePairs<String, Shape> = [
            "approval": Shape<ApprovalRule>.approval(.approval, words).map { [.approval($0)] },
            "validation": Shape<ApprovalRule>.approval(.validation, words).map { [.approval($0)] },
            "vote": Shape<VoteRule>.vote(words).map { [.vote($0)] },
            "window": Shape<Window>.window(words).map { [.window($0)] },
            "same_version_as": Shape<PrerequisiteRule>.sameVersionAs(words).map { [.prerequisite($0)] },
            "evidence": Shape<EvidenceRule>.evidence(words).map { [.evidence($0)] },
            "changes": Shape<ChangesRule>.changes(words).map { [.changes($0)] },
            "check": Shape<ProbeRule>.probeRule(words.asked).map { [.check($0)] },
            "task": Shape<TaskRule>.task(words).map { [.task($0)] },
            "debts": Shape<PaidDebts>.paidDebts.map { _ in [.noDebts] },
            "use": used(words),
        ]
        let one = oneKind("gate", kinds, besides: ["stage", "plan"])
        let finished = Shape<PrerequisiteRule>.finished(words).map { [Gate.prerequisite($0)] }
        return Shape(
            one.wanted,
            schema: { Schema.any(of: [one.schema($0), finished.schema($0)]) }
        ) { node, label, problems in
            let isFinished = node.mapping.map { $0["stage"] != nil || $0["plan"] != nil } ?? false
            return isFinished ? finished.read(node, label, problems) : one.read(node, label, problems)
        }.defined(as: "gate")
    }

    /// The gates of a named list, read here so that they speak of this stage.
    private static func used(_ words: Vocabulary) -> Shape {
        .text("the name of a list under \"gates\"", schema: Schema.name) { text, place, _, problems in
            guard !words.isInGateList else {
                problems.add(place, .circle, "a list of gates cannot use another", remedy: "write its gates out")
                return nil
            }
            let names = words.gateLists.keys.sorted()
            let name = Located(text, at: place)
            let remedy = "define it under \"gates\""
            guard words.knows(name, in: names, "list of gates", remedy: remedy, problems),
                let node = words.gateLists[text]
            else { return nil }
            var inner = words
            inner.isInGateList = true
            return gates(inner).read(node, Problem.quote(text), problems)
        }
    }
}

/// `debts: paid`.
private enum PaidDebts: String, CaseIterable {
    case paid
}

extension Shape where Value == PaidDebts {
    fileprivate static var paidDebts: Shape { .oneOf() }
}
