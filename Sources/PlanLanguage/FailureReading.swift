import Patterns
import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == [FailureRule] {
    /// What the team knows about failures; the first that matches decides.
    static func failures(_ words: Vocabulary) -> Shape {
        let rule = Shape<FailureRule>.mapping { fields in
            let match = fields.optional("match", .match, "How the failure is recognised; without it every failure is.")
            let action = fields.required("then", .action, "What it means.")
            let page = fields.optional("page", .actors(words), "Whom to call.")
            let diagnose = fields.optional("diagnose", .diagnosisNames(words), "Look-ups that run by themselves.")
            guard let action else { return nil }
            var rule = FailureRule(name: "", action: action)
            rule.match = match ?? FailureRule.Match()
            rule.page = page ?? []
            rule.diagnose = diagnose ?? []
            return rule
        }
        return .catalogue("failure", rule, count: 0...100) { name, rule in
            var rule = rule
            rule.name = name
            return rule
        }
    }
}

extension Shape where Value == FailureRule.Match {
    fileprivate static var match: Shape {
        .mapping { fields in
            var match = FailureRule.Match()
            match.output = fields.optional("output", .pattern, "A pattern that occurs in what the step printed.") ?? ""
            match.exitCode = fields.optional("exit_code", .integer(in: 0...255), "The exit code of the step.")
            match.steps =
                fields.optional("step", Shape<[Step]>.oneOrMore("step", .oneOf()), "The step that failed.") ?? []
            match.check = fields.optional("check", .label, "The name of the smoke test that failed.") ?? ""
            return match
        }
    }
}

extension Shape where Value == FailureRule.Action {
    /// `stop`, `as_usual`, or a mapping of `retry` and `backoff`, `verify` or `roll_back`.
    fileprivate static var action: Shape {
        let word = Shape<ActionWord>.oneOf().map(\.action)
        let long = Shape.mapping { fields in
            let retry = fields.optional("retry", Shape<Int>.integer(in: 1...20), "How often the order is tried again.")
            let backoff = fields.optional("backoff", .backoff, "The pause before the first retry, and the longest.")
            let verify = fields.optional(
                "verify",
                .oneOf(VerifyWord.self),
                "Asks the service which version runs; if it is the new one, the step succeeded."
            )
            let rollBack = fields.optional("roll_back", .oneOf(RollBackScope.self), "How far to return.")
            fields.requireOne(of: "retry", "verify", "roll_back")
            fields.refuse("backoff", beside: "verify")
            fields.refuse("backoff", beside: "roll_back")
            let pauses = backoff ?? Backoff(first: .seconds(10), longest: .minutes(2))
            return retry.map { .retry(times_max: $0, pause: pauses.first, pause_max: pauses.longest) }
                ?? verify.map { _ in .verify } ?? rollBack.map { .rollBack($0) }
        }
        return either("stop, as_usual, or a mapping such as { retry: 3 }", short: word, long: long)
    }
}

private enum ActionWord: String, CaseIterable {
    case stop
    case asUsual = "as_usual"

    var action: FailureRule.Action { self == .stop ? .stop : .asUsual }
}

private enum VerifyWord: String, CaseIterable {
    case runningVersion = "running_version"
}

private struct Backoff {
    var first: Interval
    var longest: Interval
}

extension Shape where Value == Backoff {
    /// `10s..2m`, or one length of time.
    fileprivate static var backoff: Shape {
        let wanted = "two lengths of time such as 10s..2m"
        return .text(wanted, schema: Schema.text(pattern: #"^[0-9a-z]+(\.\.[0-9a-z]+)?$"#)) {
            text,
            place,
            label,
            problems in
            let ends = text.components(around: "..").map { Interval($0) }
            let bounds = Interval.milliseconds(100) ... .hours(1)
            guard ends.count <= 2, let first = ends[0], let longest = ends[ends.count - 1], first <= longest,
                bounds.contains(first), bounds.contains(longest)
            else {
                problems.add(
                    place,
                    .badValue,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "from \(bounds.lowerBound) to \(bounds.upperBound), the shorter one first"
                )
                return nil
            }
            return Backoff(first: first, longest: longest)
        }
    }
}

extension String {
    /// The parts of a text between all occurrences of a mark; at least one.
    func components(around mark: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: mark) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}

extension Shape where Value == [Diagnosis] {
    /// `diagnoses: { recent-log: { command: [tail, -n, '50', app.log] } }`.
    static var diagnoses: Shape {
        let kind = Shape<Diagnosis.Kind>.oneKind(
            "look-up",
            [
                "command": Shape<[String]>.arguments.map { .command($0) },
                "http": Shape<Probe.Kind>.http(.failure).map { .probe($0) },
                "prometheus": Shape<Probe.Kind>.prometheus(.failure).map { .probe($0) },
                "recipe": Shape<Probe.Kind>.recipe(.failure).map { .probe($0) },
            ]
        )
        return .catalogue("look-up", kind, count: 0...100) { Diagnosis(name: $0, kind: $1) }
    }

    /// Names of `diagnoses`.
    fileprivate static func diagnosisNames(_ words: Vocabulary) -> Shape {
        let one = Shape<Diagnosis>.text("the name of a look-up", schema: Schema.name) { text, place, _, problems in
            let name = Located(text, at: place)
            let remedy = "define it under \"diagnoses\""
            guard words.knows(name, in: words.diagnosisNames, "look-up", remedy: remedy, problems) else { return nil }
            return words.diagnoses[text]
        }
        return oneOrMore("look-up", one)
    }
}

extension Shape where Value == String {
    /// A pattern of `Patterns`.
    static var pattern: Shape {
        .text("a pattern", schema: Schema.text(length_max: Pattern.length_max)) { text, place, label, problems in
            do throws(Pattern.Flaw) {
                _ = try Pattern(text)
                return text
            } catch {
                problems.add(place, .badPattern, "\(label) is no pattern: \(error.sentence)", remedy: error.remedy)
                return nil
            }
        }
    }
}
