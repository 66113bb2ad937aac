import HostDecisions
import TimeAndChance
import TrainModel

/// The look-ups of a failure rule: commands that help a person understand what failed. All at the same time; none may
/// make anything worse, so whatever goes wrong with one is what it found.
struct LookUps: Sendable {
    let hooks: ServiceHooks

    func run(_ lookUps: [LookUp], _ subject: ServiceHooks.Subject) async -> MoveResult {
        let findings = await withTaskGroup(of: (index: Int, finding: Finding).self) { group in
            for (index, lookUp) in lookUps.enumerated() {
                group.addTask { (index, Finding(name: lookUp.name, text: await text(of: lookUp, subject))) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return MoveResult(.passed, findings: findings.sorted { $0.index < $1.index }.map(\.finding))
    }

    /// What it printed, and how it ended where that is worth a word.
    private func text(of lookUp: LookUp, _ subject: ServiceHooks.Subject) async -> String {
        switch subject.variables.expand(lookUp.command) {
        case .failure(let missing): return missing.sentence
        case .success(let command):
            let call = hooks.call(
                command,
                label: "the look-up \(lookUp.name)",
                timeout: LookUp.timeout,
                subject,
                // What failed may have failed before there was a release.
                folder: (try? Files.exists(subject.folder)) == true ? nil : hooks.directories.root
            )
            let result = await hooks.runner.run(call)
            let end = result.failure(of: call).map { "(\($0.sentence))\n" } ?? ""
            return result.output.tail + end
        }
    }
}
