import StructuredText
import TrainModel

/// Checks for which a part of a plan is not enough.
struct WholePlan {
    let services: [ReadService]
    let stages: [ReadStage]
    /// Of the plan itself.
    let settings: Settings
    let plan: Plan
    /// For the places of what the plan no longer has any.
    let fields: Fields

    /// Every order carries its wave's and its service's variables, the checks and the rules for failures, and must fit
    /// a frame of 256 KiB with its hosts.
    private static let orderPart_bytes_max = 128 << 10

    func check() {
        let problems = fields.problems
        checkChosenServices(problems)
        checkWaits(problems)
        checkQuestions(problems)
        checkNames(problems)
        checkFailures(problems)
        checkTrain(problems)
        checkSizes(problems)
    }

    var waves: [ReadWave] { stages.flatMap(\.waves) }

    /// What a stage or wave deploys is something that the plan has, and everything that it has is deployed somewhere.
    private func checkChosenServices(_ problems: ProblemCollector) {
        let known = Set(services.map(\.name.text)).union(services.map(\.key))
        for name in waves.compactMap(\.settings.services).joined() where !known.contains(name.value) {
            problems.add(
                name.place,
                .unknownName,
                "the plan has no service \(Problem.quote(name.value))",
                remedy: Suggestion.remedy(for: name.value, among: services.map(\.name.text))
                    ?? "name a service of this plan, or a template as it is written there"
            )
        }
        guard waves.allSatisfy({ ($0.settings.services ?? []).allSatisfy { known.contains($0.value) } }) else { return }
        let deployed = Set(plan.stages.flatMap(\.waves).flatMap(\.services))
        for service in services where !deployed.contains(service.name) {
            problems.add(
                service.place,
                .contradiction,
                "no stage deploys the service \(Problem.quote(service.name.text))",
                remedy: "add it to the \"services\" of a stage, or leave it out"
            )
        }
    }

    /// What stands outside of the stages holds in each of them, also in those that it waits for.
    private func checkWaits(_ problems: ProblemCollector) {
        for (index, stage) in plan.stages.enumerated() {
            let earlier = plan.stages[..<index].map(\.name)
            for (read, wave) in zip(stages[index].waves, stage.waves) {
                for case .prerequisite(.ownStage(let name, _)) in wave.gates + wave.regionGates
                where !earlier.contains(name) {
                    problems.add(
                        read.place,
                        .contradiction,
                        "\(Problem.quote(stage.name.text)) would wait for \(Problem.quote(name.text)), "
                            + "which does not come before it",
                        remedy: "move the gate into the stages that come later"
                    )
                }
            }
        }
    }

    private func checkNames(_ problems: ProblemCollector) {
        let judge = NameJudge(plan.namingRules, problems)
        judge.judge(settings.tags)
        for wave in waves {
            judge.judge(wave.settings.variables)
            judge.judge(wave.settings.tags)
        }
        for service in services {
            judge.judge(Located(service.name.text, at: service.place), as: "service")
            judge.judge(service.terms.variables)
            judge.judge(service.terms.tags)
        }
        var known: Set<String> = ["service"]
        known.formUnion(settings.tags.keys)
        for wave in waves { known.formUnion(wave.settings.variables.keys) }
        for wave in waves { known.formUnion(wave.settings.tags.keys) }
        for service in services { known.formUnion(service.terms.variables.keys) }
        for service in services { known.formUnion(service.terms.tags.keys) }
        for rule in plan.namingRules where !known.contains(rule.key) {
            problems.add(
                fields.place("names", rule.key),
                .unknownName,
                "no variable and no tag is called \(Problem.quote(rule.key))",
                remedy: Suggestion.remedy(for: rule.key, among: known.sorted()) ?? "the rule would never apply"
            )
        }
    }

    /// A rule for a smoke test that nothing runs would never apply.
    private func checkFailures(_ problems: ProblemCollector) {
        let known = Set(plan.stages.flatMap(\.waves).flatMap(\.checks).map(\.name))
        for rule in plan.failures where !rule.match.check.isEmpty && !known.contains(rule.match.check) {
            problems.add(
                fields.place("failures", rule.name, "match", "check"),
                .unknownName,
                "no smoke test is called \(Problem.quote(rule.match.check))",
                remedy: Suggestion.remedy(for: rule.match.check, among: known.sorted())
                    ?? (known.isEmpty ? nil : "there are \(Problem.choice(known.sorted()))")
            )
        }
    }

    private func checkTrain(_ problems: ProblemCollector) {
        let artifacts = Set(plan.services.map(\.artifact))
        guard let arrivals = plan.train?.arrivals, !artifacts.contains(arrivals.artifact) else { return }
        problems.add(
            fields.place("train", "arrivals", "artifact"),
            .contradiction,
            "no service of the plan is made of \(Problem.quote(arrivals.artifact.text))",
            remedy: Suggestion.remedy(for: arrivals.artifact.text, among: artifacts.map(\.text).sorted())
                ?? "what arrives must be what the plan deploys"
        )
    }

    private func checkSizes(_ problems: ProblemCollector) {
        do {
            let failures_bytes = try JSONText.canonical(JSONValue(encoding: plan.failures)).count
            let service_bytes = try plan.services.map { try JSONText.canonical(JSONValue(encoding: $0)).count }.max()
            for (read, wave) in zip(waves, plan.stages.flatMap(\.waves)) {
                let size_bytes = try wave.orderPart_bytes() + failures_bytes + (service_bytes ?? 0)
                guard size_bytes > Self.orderPart_bytes_max else { continue }
                problems.add(
                    read.place,
                    .waveTooLarge,
                    "variables, smoke tests and failure rules of \(Problem.quote(read.name.text)) have \(size_bytes) "
                        + "bytes, more than the \(Self.orderPart_bytes_max) that an order can carry",
                    remedy: "put long values into the artifact"
                )
            }
        } catch {
            problems.add(stages.first?.waves.first?.place ?? .start(of: ""), .badValue, "cannot be encoded: \(error)")
        }
    }
}
