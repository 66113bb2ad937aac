import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == [ComparisonRule] {
    /// Rates of errors with the change and without, each with a name of its own.
    static var comparisons: Shape {
        let list = Shape<[Located<ComparisonRule>]>.list(of: Shape<ComparisonRule>.comparison.located, count: 0...10)
        return Shape("a list of comparisons", schema: list.schema) { node, label, problems in
            guard let rules = list.read(node, label, problems) else { return nil }
            problems.addDuplicates(
                rules.map { Located($0.value.name, at: $0.place) },
                .duplicateItem,
                noun: "a comparison called",
                remedy: "give one of them another \"name\""
            )
            return rules.map(\.value)
        }
    }
}

extension Shape where Value == ComparisonRule {
    fileprivate static var comparison: Shape {
        .mapping { fields in
            let name = fields.required("name", .label, "What people call the comparison.")
            let samples = fields.optional("samples", .onlyTrue, "true: the agents' own health samples.")
            let errors = fields.optional(
                "errors",
                Shape<Question>.lookUp(.comparison).defined(as: "lookUp"),
                "A counter of errors that only grows."
            )
            let total = fields.optional(
                "total",
                Shape<Question>.lookUp(.comparison).defined(as: "lookUp"),
                "A counter of everything, that only grows."
            )
            fields.requireOne(of: "samples", "errors")
            fields.requireOne(of: "total", unless: "samples")
            let against = fields.value(
                "against",
                .oneOf(ComparisonRule.Baseline.self),
                default: fields.has("samples") ? ComparisonRule.Baseline.others : .before,
                "before: the time before the change; others: hosts without it."
            )
            if fields.has("samples"), against == .before {
                fields.problems.add(
                    fields.place(of: "against"),
                    .contradiction,
                    "samples are compared with those of hosts that have not been changed",
                    remedy: "write \"against: others\""
                )
            }
            let every = fields.value(
                "every",
                .interval(in: .seconds(1) ... .hours(1)),
                default: .minutes(1),
                "How often it is looked up."
            )
            let ratio = fields.value(
                "worse_than",
                .ratio,
                default: 150,
                "Errors must be so many times as frequent to count as worse."
            )
            let total_min = fields.value(
                "minimum",
                .integer(in: 1...1_000_000_000),
                default: 100,
                "With less on either side there is no answer."
            )
            let isRequired = fields.value(
                "required",
                .bool,
                default: true,
                "true: without an answer there is no verdict."
            )
            let source =
                samples.map { _ in ComparisonRule.Source.samples }
                ?? errors.flatMap { errors in total.map { .counters(errors: errors.kind, total: $0.kind) } }
            guard let name, let source else { return nil }
            var rule = ComparisonRule(
                name: name,
                source: source,
                against: against,
                every: every,
                ratio_min_percent: ratio,
                total_min: total_min,
                isRequired: isRequired
            )
            rule.errorsField = errors.flatMap(\.partOfAnswer)
            rule.totalField = total.flatMap(\.partOfAnswer)
            return rule
        }
    }
}

extension Shape where Value == Bool {
    /// `true`, for keys that say which of several things is meant.
    fileprivate static var onlyTrue: Shape {
        Shape("true", schema: { _ in ["const": true] }) { node, label, problems in
            guard let value = bool.read(node, label, problems) else { return nil }
            guard value else {
                problems.add(node.place, .badValue, "\(label) must be true", remedy: "leave the key out")
                return nil
            }
            return value
        }
    }
}

extension Shape where Value == Int {
    /// `1.5x`, in hundredths: 150. From above 1 to 100 times.
    fileprivate static var ratio: Shape {
        let wanted = "how many times as frequent, such as 1.5x"
        return .text(wanted, schema: Schema.text(pattern: #"^[0-9]{1,3}(\.[0-9]{1,2})?x$"#)) {
            text,
            place,
            label,
            problems in
            guard text.hasSuffix("x"), let percent = hundredths(text.dropLast()), (101...10_000).contains(percent)
            else {
                problems.add(
                    place,
                    .badValue,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "above 1x, at most 100x, with up to two decimals"
                )
                return nil
            }
            return percent
        }
    }
}
