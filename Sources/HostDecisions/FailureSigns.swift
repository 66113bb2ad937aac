import Patterns
import TimeAndChance
import TrainModel

/// What a failed move showed, beyond its result, for failure rules to match on. Judged at once and never journalled.
public struct FailureSigns: Hashable, Sendable {
    public static let output_bytes_max = 64 << 10

    /// The end of what the hook printed, at most `output_bytes_max`.
    public let output: String
    /// Nil: there was none.
    public let exitCode: Int?
    /// The name of the smoke test that failed; empty: none did.
    public let check: String

    public init(output: String = "", exitCode: Int? = nil, check: String = "") {
        self.output = output.suffix(bytes_max: Self.output_bytes_max)
        self.exitCode = exitCode
        self.check = check
    }
}

extension FailureRule.Match {
    func holds(for signs: FailureSigns, step: Step, sentence: String) -> Bool {
        if let exitCode, exitCode != signs.exitCode { return false }
        if !steps.isEmpty, !steps.contains(step) { return false }
        if !check.isEmpty, check != signs.check { return false }
        guard !output.isEmpty else { return true }
        do throws(Pattern.Flaw) {
            let pattern = try Pattern(output)
            return pattern.occurs(in: signs.output) || pattern.occurs(in: sentence)
        } catch {
            // An order with such a rule is refused; one from the journal of an agent that knew more patterns goes on.
            return false
        }
    }
}

extension Order {
    /// The first rule that matches; nil: none does.
    func rule(for signs: FailureSigns, step: Step, sentence: String) -> FailureRule? {
        failures.first { $0.match.holds(for: signs, step: step, sentence: sentence) }
    }

    func rule(named name: String?) -> FailureRule? {
        name.flatMap { name in failures.first { $0.name == name } }
    }

    /// A pattern that says nothing to this agent: what it belongs to, and why.
    var flaw: (whose: String, sentence: String)? {
        let ofRules = failures.map { ("failure rule \($0.name)", $0.match.output) }.filter { !$0.1.isEmpty }
        let ofChecks = checks.compactMap { check in check.kind.pattern.map { ("smoke test \(check.name)", $0) } }
        for (whose, pattern) in ofRules + ofChecks {
            do throws(Pattern.Flaw) {
                _ = try Pattern(pattern)
            } catch {
                return (whose, error.sentence)
            }
        }
        return nil
    }
}

extension FailureRule {
    /// The look-ups that are a host's; the others are the controller's.
    var commands: [LookUp] {
        diagnose.compactMap { diagnosis in
            guard case .command(let arguments) = diagnosis.kind else { return nil }
            return LookUp(name: diagnosis.name, command: arguments)
        }
    }
}

/// A command of the failure rule that matched, to be run on this host.
public struct LookUp: Hashable, Sendable {
    public static let timeout = Interval.seconds(30)

    public let name: String
    public let command: [String]
}
