import Patterns
import TimeAndChance
import TrainModel

/// Why an order failed on a host, in the real agent's words, and what the order's failure rules make of it.
struct HostFailure: Sendable {
    let step: Step
    let code: String
    let sentence: String
    var output = ""
    var exitCode: Int?
    var check = ""
    /// The step failed, but the ordered version runs.
    var isFalse = false
    /// The name of the rule that matched; empty: none.
    private(set) var rule = ""

    init(step: Step, code: String, sentence: String) {
        self.step = step
        self.code = code
        self.sentence = sentence
    }

    init(_ injected: InjectedFailure, of order: Order) {
        if injected.step == .smoke || !injected.check.isEmpty {
            let name = injected.check.isEmpty ? order.checks.first?.name ?? "smoke test" : injected.check
            self.init(step: .smoke, code: "smoke-test-failed", sentence: "\(name): \(injected.output)")
            check = name
        } else {
            let step = injected.step
            self.init(
                step: step,
                code: "hook-failed",
                sentence: "the \(step.rawValue) hook ended with exit status \(injected.exitCode)"
            )
            exitCode = injected.exitCode
        }
        output = injected.output
        isFalse = injected.isFalse
    }

    static func overdue(_ order: Order) -> HostFailure {
        HostFailure(
            step: .install,
            code: "timed-out",
            sentence: "the order was not carried out within \(order.timeout)"
        )
    }

    /// The first rule that matches counts, as on a real host.
    mutating func matchRule(of order: Order) {
        rule = order.failures.first { matches($0.match) }?.name ?? ""
    }

    private func matches(_ match: FailureRule.Match) -> Bool {
        if let wanted = match.exitCode, wanted != exitCode { return false }
        if !match.steps.isEmpty, !match.steps.contains(step) { return false }
        if !match.check.isEmpty, match.check != check { return false }
        guard !match.output.isEmpty else { return true }
        // A pattern that the compiler would have refused matches nothing.
        guard let pattern = try? Pattern(match.output) else { return false }
        return pattern.occurs(in: output) || pattern.occurs(in: sentence)
    }

    /// Whether the order is carried out all the same: a smoke test of level `warn` failed, or the service, asked by the
    /// rule that matched, names the new version.
    func isOnlyWarning(of order: Order) -> Bool { isFalse && isVerified(by: order) || isOfWarningCheck(of: order) }

    /// What a receipt says of it then.
    func warning(of order: Order) -> String {
        isOfWarningCheck(of: order) ? sentence : "taken for a success by rule \(rule): \(sentence)"
    }

    private func isOfWarningCheck(of order: Order) -> Bool {
        order.checks.first { $0.name == check }?.level == .warn
    }

    /// Whether the rule that matched lets the host ask the service which version runs.
    private func isVerified(by order: Order) -> Bool {
        ruleFound(in: order)?.action == .verify
    }

    func stepOutcomes(from accepted: Instant, to finished: Instant) -> [Receipt.StepOutcome] {
        [Receipt.StepOutcome(step: step, started: accepted, finished: finished, outputTail: output)]
    }

    /// What the rule's look-ups on the host would bring.
    func findings(of order: Order) -> [Finding] {
        (ruleFound(in: order)?.diagnose ?? []).compactMap { diagnosis in
            guard case .command(let words) = diagnosis.kind else { return nil }
            return Finding(name: diagnosis.name, text: "(what `\(words.joined(separator: " "))` prints)")
        }
    }

    private func ruleFound(in order: Order) -> FailureRule? { order.failures.first { $0.name == rule } }
}
