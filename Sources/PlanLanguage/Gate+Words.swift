import Calendars
import TimeAndChance
import TrainModel

// A plan in words, for `plan show` and `plan diff`.

extension Gate {
    /// `approval by ops, not the author`.
    var words: String {
        switch self {
        case .approval(let rule): rule.words
        case .vote(let rule): rule.words
        case .window(let window): "window \(window)"
        case .prerequisite(let rule): rule.words
        case .evidence(let rule): rule.words
        case .changes(let rule):
            "every change \(rule.predicate)" + rule.by.words(after: " by ") + rule.waiverBy.words(after: ", waived by ")
        case .check(let rule):
            "check \(rule.name): " + rule.probes.map(\.words).joined(separator: " and ")
                + ", every \(rule.every) for \(rule.giveUpAfter)"
        case .task(let rule): "task \(rule.name)" + rule.by.words(after: " by ") + rule.checklist.pointWords
        case .noDebts: "no debts"
        }
    }
}

extension [Actors] {
    /// Empty where nobody is named.
    func words(after start: String) -> String {
        isEmpty ? "" : start + map(\.spelling).joined(separator: " or ")
    }
}

extension [String] {
    /// How much a person must tick.
    fileprivate var pointWords: String {
        isEmpty ? "" : ", \(count) \(count == 1 ? "point" : "points") to tick"
    }
}

extension ApprovalRule {
    fileprivate var words: String {
        var words = act.rawValue + by.words(after: " by ")
        if quorum > 1 { words += ", \(quorum) people" }
        if notAuthor { words += ", not the author" }
        words += checklist.pointWords
        if let timeout { words += ", rejected after \(timeout)" }
        if let validFor { words += ", valid for \(validFor)" }
        return words
    }
}

extension VoteRule {
    fileprivate var words: String {
        let roles = roles.map { $0.name + ($0.mayVeto ? " (may veto)" : "") }
        return "vote of \(roles.joined(separator: ", "))" + (opens.map { ", open \($0)" } ?? "")
    }
}

extension PrerequisiteRule {
    fileprivate var words: String {
        switch self {
        case .ownStage(let stage, let time): "\(stage) ended well" + Self.since(time)
        case .finished(let plan, let stage, let time):
            "plan \(plan) ended \(stage) well with these versions" + Self.since(time)
        case .sameVersionAs(let plan, let stage): "the version that \(plan) has in \(stage)"
        }
    }

    private static func since(_ time: Interval) -> String { time == .zero ? "" : ", at least \(time) ago" }
}

extension EvidenceRule {
    fileprivate var words: String {
        var words = "evidence \(predicate)" + by.words(after: " by ")
        if !conditions.isEmpty {
            words += " with " + conditions.map { "\($0.field) \($0.words)" }.joined(separator: ", ")
        }
        switch notOlderThan {
        case .build: break
        case .deployment(let plan, let stage): words += ", not older than \(plan) in \(stage)"
        }
        if let age_max { words += ", at most \(age_max) old" }
        return words + waiverBy.words(after: ", waived by ")
    }
}

extension Condition {
    fileprivate var words: String { "\(comparison.rawValue) \(value)" }
}

extension Probe {
    fileprivate var words: String { "\(name) \(expects.words)" }
}
