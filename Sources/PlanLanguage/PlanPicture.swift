import Calendars
import TimeAndChance
import TrainModel

/// A plan drawn as text: from top to bottom in the order in which things happen, what holds them, and what each region
/// goes through.
public struct PlanPicture: CustomStringConvertible {
    private var lines: [String] = []

    public init(_ plan: Plan) {
        add(0, "\(plan.name)" + (plan.team.isEmpty ? "" : ", of \(plan.team)"))
        for words in plan.headWords { add(1, words) }
        for stage in plan.stages {
            lines.append("")
            add(0, "\(stage.name)" + (stage.expectedWithin.map { ", expected within \($0)" } ?? ""))
            for wave in stage.waves { draw(wave, isOnly: stage.waves.count == 1, of: plan) }
        }
        let rest = plan.restWords
        if !rest.isEmpty { lines.append("") }
        for words in rest { add(0, words) }
    }

    /// One line for each fact, without a line feed at the end.
    public var description: String { lines.joined(separator: "\n") }

    private mutating func draw(_ wave: Wave, isOnly: Bool, of plan: Plan) {
        let isNamed = !isOnly || wave.name.text != "all"
        if isNamed { add(1, "\(wave.name)") }
        let depth = isNamed ? 2 : 1
        for gate in wave.gates { add(depth, "◇ \(gate.words)") }
        let separator = wave.regionsAtOnce == 1 ? " → " : ", "
        add(depth, "▶ " + wave.regions.map(\.text).joined(separator: separator))
        if wave.regions.count > 1 { add(depth + 1, wave.orderWords) }
        // A window stands before the wave and each of its regions; once is enough to read.
        for gate in wave.regionGates where !wave.gates.contains(gate) { add(depth + 1, "◇ each: \(gate.words)") }
        if wave.services.count < plan.services.count {
            add(depth + 1, "services: " + wave.services.map(\.text).joined(separator: ", "))
        }
        for words in wave.rolloutWords { add(depth + 1, words) }
    }

    private mutating func add(_ depth: Int, _ text: String) {
        lines.append(String(repeating: "  ", count: depth) + text)
    }
}

extension Plan {
    /// What is deployed, and what a release must bring.
    fileprivate var headWords: [String] {
        var words = ["services: " + services.map(\.words).joined(separator: ", ")]
        if !artifacts.versionPattern.isEmpty { words.append("versions like \(artifacts.versionPattern)") }
        if !artifacts.branchPatterns.isEmpty {
            words.append("built on \(artifacts.branchPatterns.joined(separator: " or "))")
        }
        if needsDescription { words.append("every release says what it is for") }
        if let train { words.append(train.words) }
        return words
    }

    /// What holds for the whole plan.
    fileprivate var restWords: [String] {
        var words = rotations.values.sorted { $0.name < $1.name }.map { "on call: \($0)" }
        words += freezes.map { "freeze: \($0)" }
        words += failures.map { "failure \($0.name): \($0.words)" }
        words += lanes.map {
            "lane \($0.name)" + $0.by.words(after: " for ") + ($0.quorum.map { ", \($0) people" } ?? "")
                + ($0.debt.isEmpty ? "" : ", owes: \($0.debt)")
        }
        if let adHoc {
            let stages = adHoc.stages.map(\.text).joined(separator: ", ")
            words.append("ad hoc in \(stages)" + adHoc.by.words(after: " by ") + ", at most \(adHoc.lifetime_max)")
        }
        if let breakGlass {
            words.append("break glass" + breakGlass.by.words(after: " by ") + breakGlass.page.words(after: ", pages "))
        }
        words += notices.map { rule in
            "tells \(rule.channels.joined(separator: ", ")): \(rule.on.map(\.rawValue).joined(separator: ", "))"
        }
        return words
    }
}

extension ServicePlan {
    fileprivate var words: String {
        after.isEmpty ? name.text : "\(name) (after \(after.map(\.text).joined(separator: ", ")))"
    }
}

extension TrainRule {
    fileprivate var words: String {
        var words = "train \(name)"
        if let departs { words += ", departs \(departs)" }
        if let arrivals { words += ", takes \(arrivals.tagPattern) from \(arrivals.registry)/\(arrivals.repository)" }
        if let cut = candidates?.cut { words += ", candidates \(cut)" }
        if let atLeastEvery { words += ", at least every \(atLeastEvery)" }
        return words
    }
}

extension FailureRule {
    fileprivate var words: String {
        let meaning =
            switch action {
            case .retry(let times, let pause, let longest): "retried \(times) times after \(pause) to \(longest)"
            case .verify: "asks which version runs"
            case .rollBack(let scope): "rolls back the \(scope.rawValue)"
            case .stop: "stops"
            case .asUsual: "as usual"
            }
        let lookUps = diagnose.isEmpty ? "" : ", looks up " + diagnose.map(\.name).joined(separator: ", ")
        return meaning + page.words(after: ", pages ") + lookUps
    }
}
