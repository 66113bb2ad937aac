import StructuredText
import TrainModel

/// Where in a plan the outside is asked, which decides what is known there.
enum QuestionPlace {
    case wave
    case region
    /// Asked alike before and after the change.
    case comparison
    case failure

    /// What `{name}` may stand for.
    var names: [String] {
        let ofRelease = ["plan", "release", "number", "candidate", "author", "date", "stage", "wave"]
        let ofService = ["service", "artifact", "version"]
        return switch self {
        case .wave: ofRelease + ofService
        case .region, .failure: ofRelease + ["region"] + ofService
        case .comparison: ["plan", "stage", "wave", "region", "service", "artifact"]
        }
    }

    /// Why a name that is known elsewhere is not known here, and what to do.
    private func absence(of name: String) -> (reason: String, remedy: String) {
        switch (self, name) {
        case (.wave, "region"):
            ("the check stands before a whole wave", "put the check under \"before_each_region\"")
        case (.comparison, _):
            ("it is another after the change, and both are asked alike", "known are \(names.joined(separator: ", "))")
        default: ("it is known when hosts are given orders", "known are \(names.joined(separator: ", "))")
        }
    }

    /// Records placeholders that nothing fills here.
    func check(_ text: String, at place: Place, _ problems: ProblemCollector) {
        for name in QuestionText.names(in: text) where !names.contains(name) {
            let isKnownElsewhere = PlaceholderText.names.contains(name)
            let absence = absence(of: name)
            problems.add(
                place,
                .badPlaceholder,
                isKnownElsewhere
                    ? "nothing fills \(Problem.quote("{\(name)}")) here: \(absence.reason)"
                    : "nothing is known as \(Problem.quote("{\(name)}"))",
                remedy: isKnownElsewhere
                    ? absence.remedy
                    : Suggestion.nearest(to: name, among: names).map { "did you mean \"{\($0)}\"?" }
                        ?? "known here are \(names.joined(separator: ", ")); write \"{{\" for the sign itself"
            )
        }
    }
}

extension Shape where Value == String {
    /// A text whose placeholders are those that are known where it is asked.
    func asked(_ asked: QuestionPlace) -> Shape {
        Shape(wanted, schema: schema) { node, label, problems in
            let text = read(node, label, problems)
            if let text { asked.check(text, at: node.place, problems) }
            return text
        }
    }
}

extension WholePlan {
    /// A question of a wave with several services could be about any of them.
    func checkQuestions(_ problems: ProblemCollector) {
        for (read, wave) in zip(waves, plan.stages.flatMap(\.waves)) where wave.services.count != 1 {
            guard
                let (question, name) = wave.questions.lazy.compactMap({ question in
                    question.nameOfService.map { (question.name, $0) }
                }).first
            else { continue }
            problems.add(
                read.place,
                .badPlaceholder,
                "\"{\(name)}\" of \(Problem.quote(question)) could be that of any of the \(wave.services.count) "
                    + "services that \(Problem.quote(read.name.text)) deploys",
                remedy: "write it out, or ask in a wave that deploys one service"
            )
        }
    }
}

private struct WaveQuestion {
    var name: String
    var texts: [String]

    /// The first placeholder that is known only of one service.
    var nameOfService: String? {
        texts.flatMap { QuestionText.names(in: $0) }.first { ["service", "artifact", "version"].contains($0) }
    }
}

extension Wave {
    fileprivate var questions: [WaveQuestion] {
        let checks = (gates + regionGates).flatMap { gate in
            guard case .check(let rule) = gate else { return [WaveQuestion]() }
            let probes = rule.probes.flatMap { [$0.name] + $0.kind.texts }
            return [WaveQuestion(name: rule.name, texts: [rule.name] + probes)]
        }
        let comparisons = bake.comparisons.flatMap { rule in
            guard case .counters(let errors, let total) = rule.source else { return [WaveQuestion]() }
            return [WaveQuestion(name: rule.name, texts: errors.texts + total.texts)]
        }
        return checks + comparisons
    }
}
