import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == ProbeRule {
    /// A name, one probe or several under `all_at_once`, and how long they are tried.
    static func probeRule(_ asked: QuestionPlace) -> Shape {
        .mapping { fields in
            let name = fields.required("name", Shape<String>.label.asked(asked), "What people call the check.")
            let one = ProbeKeys.read(fields, asked)
            let several = fields.optional(
                "all_at_once",
                .list(of: Shape<Probe>.probe(asked), count: 1...20),
                "Probes that must pass at the same moment."
            )
            fields.requireOne(of: "http", "prometheus", "recipe", "all_at_once")
            fields.requireOne(of: "equals", "is", unless: "all_at_once")
            fields.refuse("within", beside: "all_at_once")
            let every = fields.value(
                "every",
                .interval(in: .seconds(1) ... .hours(1)),
                default: .seconds(30),
                "How often it is looked up."
            )
            let giveUpAfter = fields.required(
                "give_up_after",
                .interval(in: .seconds(1) ... .days(30)),
                "When it has not passed by then, the release is rejected; nothing was deployed."
            )
            guard let name, let giveUpAfter, let probes = several ?? one.probe(name).map({ [$0] }) else { return nil }
            return ProbeRule(name: name, probes: probes, every: every, giveUpAfter: giveUpAfter)
        }
    }
}

extension Shape where Value == Probe {
    /// One question, and what its answer must be.
    fileprivate static func probe(_ asked: QuestionPlace) -> Shape {
        .mapping { fields in
            let name = fields.optional("name", Shape<String>.label.asked(asked), "What people call the probe.")
            let keys = ProbeKeys.read(fields, asked)
            fields.requireOne(of: "http", "prometheus", "recipe")
            fields.requireOne(of: "equals", "is")
            return keys.probe(name)
        }
    }
}

/// What a probe asks and expects, also where it stands alone in a check.
private struct ProbeKeys {
    var question: Question?
    var expects: Condition?
    var timeout: Interval

    static func read(_ fields: Fields, _ asked: QuestionPlace) -> ProbeKeys {
        let http = fields.optional("http", .httpQuestion(asked), "Asks an address.")
        let prometheus = fields.optional("prometheus", .prometheusQuestion(asked), "Asks Prometheus for one sample.")
        let recipe = fields.optional(
            "recipe",
            .recipeQuestion(asked),
            "Runs a program that the controller's configuration names."
        )
        let equals = fields.optional("equals", .string, "What the answer must be.")
        let comparison = fields.optional("is", .condition, "What the answer must be, such as '<= 5'.")
        let timeout = fields.value(
            "within",
            .interval(in: .milliseconds(100) ... .minutes(5)),
            default: .seconds(10),
            "How long an answer may take."
        )
        return ProbeKeys(
            question: http ?? prometheus ?? recipe,
            expects: comparison ?? equals.map { Condition(field: "", comparison: .equal, value: $0) },
            timeout: timeout
        )
    }

    func probe(_ name: String?) -> Probe? {
        guard let question, var expects else { return nil }
        expects.field = question.field
        return Probe(name: name ?? question.name, kind: question.kind, expects: expects, timeout: timeout)
    }
}

/// What is asked, and which part of the answer counts.
struct Question {
    var kind: Probe.Kind
    /// Empty: the whole answer.
    var field = ""

    /// Nil: the whole answer.
    var partOfAnswer: String? { field.isEmpty ? nil : field }

    var name: String {
        let name =
            switch kind {
            case .http(let url): "http \(url)"
            case .prometheus(_, let query): "prometheus \(query)"
            case .recipe(let name, _): "recipe \(name)"
            }
        return String(name.prefix(80))
    }
}

extension Shape where Value == Question {
    /// One look-up.
    static func lookUp(_ asked: QuestionPlace) -> Shape {
        oneKind(
            "look-up",
            [
                "http": httpQuestion(asked), "prometheus": prometheusQuestion(asked), "recipe": recipeQuestion(asked),
            ]
        )
    }

    fileprivate static func httpQuestion(_ asked: QuestionPlace) -> Shape {
        let long = Shape.mapping { fields in
            let url = fields.required("url", Shape<String>.controllerURL.asked(asked), "What is asked.")
            let field = fields.optional("json", .jsonPath, "The part of the answer that counts.")
            return url.map { Question(kind: .http(url: $0), field: field ?? "") }
        }
        return either(
            "a URL, or a mapping of url and json",
            short: Shape<Probe.Kind>.http(asked).map { Question(kind: $0) },
            long: long
        )
    }

    fileprivate static func prometheusQuestion(_ asked: QuestionPlace) -> Shape {
        Shape<Probe.Kind>.prometheus(asked).map { Question(kind: $0) }
    }

    fileprivate static func recipeQuestion(_ asked: QuestionPlace) -> Shape {
        .mapping { fields in
            let kind = recipeCall(fields, asked)
            let field = fields.optional("json", .jsonPath, "The part of the answer that counts.")
            return kind.map { Question(kind: $0, field: field ?? "") }
        }
    }
}

extension Shape where Value == Probe.Kind {
    static func http(_ asked: QuestionPlace) -> Shape {
        Shape<String>.controllerURL.asked(asked).map { .http(url: $0) }
    }

    static func prometheus(_ asked: QuestionPlace) -> Shape {
        .mapping { fields in
            let url = fields.required("url", Shape<String>.controllerURL.asked(asked), "Where Prometheus is.")
            let query = fields.required(
                "query",
                Shape<String>.query.asked(asked),
                "An instant query with one sample as its answer."
            )
            guard let url, let query else { return nil }
            return .prometheus(url: url, query: query)
        }
    }

    static func recipe(_ asked: QuestionPlace) -> Shape { .mapping { recipeCall($0, asked) } }
}

/// A recipe's `name`, and what it is given `with`.
private func recipeCall(_ fields: Fields, _ asked: QuestionPlace) -> Probe.Kind? {
    let name = fields.required("name", Shape<RecipeName>.name("recipe"), "The recipe's name.")
    let variables = fields.optional("with", .variables(asked), "What the recipe is given.") ?? []
    return name.map { .recipe($0, variables: variables) }
}

extension Shape where Value == String {
    fileprivate static var query: Shape {
        .text("a query", schema: Schema.text(length_max: 4_000)) { text, place, label, problems in
            guard text.unicodeScalars.count <= 4_000 else {
                problems.add(place, .badValue, "\(label) must have at most 4000 characters")
                return nil
            }
            return text
        }
    }
}
