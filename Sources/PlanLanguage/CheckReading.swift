import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == [Located<Check>] {
    /// A list of smoke tests, each with a name of its own.
    static var smokeTests: Shape {
        let list = Shape.list(of: Shape<Check>.smokeTest.located, count: 0...50)
        return Shape(list.wanted, schema: list.schema) { node, label, problems in
            guard let checks = list.read(node, label, problems) else { return nil }
            problems.addDuplicates(
                checks.map { Located($0.value.name, at: $0.place) },
                .duplicateCheck,
                noun: "a smoke test called",
                remedy: "give one of them another \"name\""
            )
            return checks
        }
    }
}

extension Shape where Value == Check {
    fileprivate static var smokeTest: Shape {
        oneKind(
            "smoke test",
            [
                "http": http, "tcp": tcp, "tls": tls, "command": command, "file": file, "log": log,
                "metrics": metrics, "process": process, "running_version": runningVersion,
            ]
        ).defined(as: "smokeTest")
    }

    /// `tcp: db.example.com:5432`, or a mapping of `address` or `port`.
    private static var tcp: Shape {
        let long = Shape.mapping { fields in
            let address = fields.optional("address", .tcpAddress, "Where to connect.")
            let port = fields.optional("port", .port, "The port to connect to on the host itself.")
            fields.requireOne(of: "address", "port")
            let terms = CheckTerms.read(fields)
            return (address ?? port.map { "127.0.0.1:\($0)" }).map { terms.check("tcp \($0)", .tcp(address: $0)) }
        }
        let short = Shape<String>.tcpAddress.map { CheckTerms().check("tcp \($0)", .tcp(address: $0)) }
        return either("an address such as 127.0.0.1:8080, or a mapping", short: short, long: long)
    }

    /// `command: [bin/check, --quick]`, or a mapping with the list under `run`.
    private static var command: Shape {
        let long = Shape.mapping { fields in
            let arguments = fields.required("run", .arguments, "The program and its arguments.")
            let terms = CheckTerms.read(fields)
            return arguments.map { terms.check("command \($0.joined(separator: " "))", .command(arguments: $0)) }
        }
        let short = Shape<[String]>.arguments.map {
            CheckTerms().check("command \($0.joined(separator: " "))", .command(arguments: $0))
        }
        return either("a list of a program and its arguments, or a mapping", short: short, long: long)
    }

    /// `running_version: matches`, or a mapping of the common terms.
    private static var runningVersion: Shape {
        let long = Shape.mapping { CheckTerms.read($0).check("running version", .runningVersion) }
        let short = Shape("the word matches", schema: { _ in Schema.word(of: ["matches"]) }) { node, label, problems in
            guard node.scalar?.text == "matches" else {
                problems.add(node.place, .badValue, "\(label) must be the word \"matches\", not \(node.summary)")
                return nil
            }
            return CheckTerms().check("running version", .runningVersion)
        }
        return either("the word matches, or a mapping", short: short, long: long)
    }
}

/// What all kinds of smoke tests have in common.
struct CheckTerms {
    var name: String?
    var level = Check.Level.fail
    var within = Interval.seconds(5)
    var every = Interval.seconds(2)
    var limit = Interval.minutes(1)

    static func read(_ fields: Fields) -> CheckTerms {
        let standard = CheckTerms()
        let count = fields.problems.count
        let limit = fields.value(
            "for",
            .interval(in: .milliseconds(100) ... .hours(12)),
            default: standard.limit,
            "How long it is tried in all."
        )
        let terms = CheckTerms(
            name: fields.optional("name", .label, "What reports call it."),
            level: fields.value(
                "level",
                .oneOf(),
                default: standard.level,
                "warn: a failure is shown and stops nothing."
            ),
            // One try may take as long as the whole where nobody says otherwise.
            within: fields.value(
                "within",
                .interval(in: .milliseconds(10) ... .minutes(30)),
                default: min(standard.within, limit),
                "How long one try may take."
            ),
            every: fields.value(
                "every",
                .interval(in: .milliseconds(50) ... .hours(1)),
                default: standard.every,
                "The pause after a failed try."
            ),
            limit: limit
        )
        if terms.within > terms.limit, fields.problems.count == count {
            fields.problems.add(
                fields.place(of: "within"),
                .checkTooLong,
                "one try may take \(terms.within), longer than all tries together (\(terms.limit))",
                remedy: "shorten \"within\" or lengthen \"for\""
            )
        }
        return terms
    }

    func check(_ defaultName: String, _ kind: Check.Kind) -> Check {
        let printable = defaultName.unicodeScalars.map {
            $0.properties.generalCategory == .control ? " " : Character($0)
        }
        let name = name ?? String(printable.prefix(80)).clipped(bytes_max: Shape<String>.labelBytes_max)
        return Check(name: name, level: level, kind: kind, within: within, every: every, limit: limit)
    }
}

extension String {
    /// Whole characters of the beginning.
    fileprivate func clipped(bytes_max: Int) -> String {
        var text = self
        while text.utf8.count > bytes_max { text.removeLast() }
        return text
    }
}
