import Patterns
import StructuredText
import TrainModel

extension Shape where Value == [NamingRule] {
    /// `names: { service: 'be-[a-z0-9]+-[a-z0-9]+', endpoint: '…' }`; sorted by key.
    static var namingRules: Shape {
        let entries = Shape<[(key: Located<String>, value: String)]>.entries(of: .pattern)
        return Shape("a mapping of keys to patterns", schema: entries.schema) { node, label, problems in
            entries.read(node, label, problems)?.map { NamingRule(key: $0.key.value, pattern: $0.value) }
                .sorted { $0.key < $1.key }
        }
    }
}

/// Judges names by a plan's rules, as far as they are known before a deployment.
struct NameJudge {
    private let patterns: [String: (text: String, pattern: Pattern)]
    private let problems: ProblemCollector

    init(_ rules: [NamingRule], _ problems: ProblemCollector) {
        // A rule that is no pattern was recorded where it was read.
        patterns = rules.reduce(into: [:]) { patterns, rule in
            if let pattern = try? Pattern(rule.pattern) { patterns[rule.key] = (rule.pattern, pattern) }
        }
        self.problems = problems
    }

    func judge(_ name: Located<String>, as key: String) {
        guard let rule = patterns[key], let text = PlaceholderText.plainText(of: name.value),
            !rule.pattern.matches(text)
        else { return }
        problems.add(
            name.place,
            .namingRule,
            "\(Problem.quote(text)) breaks the rule for \(Problem.quote(key))",
            remedy: "\"names\" says that it looks like \(rule.text)"
        )
    }

    func judge(_ texts: [String: Located<String>]) {
        for (key, text) in texts { judge(text, as: key) }
    }
}
