import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == [Located<Check>] {
    /// A list of smoke tests, each with a name of its own.
    static var smokeTests: Shape {
        let list = Shape.list(of: Shape<Check>.smokeTest.located, count: 0...50)
        return Shape(list.wanted) { node, label, problems in
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
            ["http": http, "tcp": tcp, "command": command, "running_version": runningVersion]
        )
    }

    /// `http: /health`, or a mapping of `path` (and `port`) or `url`, `status` and `contains`.
    private static var http: Shape {
        let long = Shape.mapping { fields in
            let url = url(fields)
            let status = fields.integer("status", in: 100...599, default: 200)
            let contains = fields.string("contains", default: "")
            let terms = CheckTerms.read(fields)
            return url.map {
                terms.check("http \($0.path)", .http(url: $0.url, status: status, bodyContains: contains))
            }
        }
        return Shape("a path such as /health, or a mapping") { node, label, problems in
            guard node.mapping == nil else { return long.read(node, label, problems) }
            return Shape<String>.httpPath.read(node, label, problems).map { path in
                CheckTerms().check("http \(path)", .http(url: local(path: path), status: 200, bodyContains: ""))
            }
        }
    }

    /// The address from `url`, or from `path` and `port`; the path names the check where it has no other name.
    private static func url(_ fields: Fields) -> (url: String, path: String)? {
        guard fields.has("url") else {
            let port = fields.value("port", .port, default: "${port}")
            return fields.required("path", .httpPath).map { (local(path: $0, port: port), $0) }
        }
        let url = fields.optional("url", .httpURL)
        for key in ["path", "port"] { fields.refuse(key, beside: "url") }
        return url.map { ($0, $0) }
    }

    private static func local(path: String, port: String = "${port}") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// `tcp: db.example.com:5432`, or a mapping of `address` or `port`.
    private static var tcp: Shape {
        let long = Shape.mapping { fields in
            let address: String? =
                fields.has("port") && !fields.has("address")
                ? fields.required("port", .port).map { "127.0.0.1:\($0)" }
                : fields.required("address", .tcpAddress)
            if fields.has("address") { fields.refuse("port", beside: "address") }
            let terms = CheckTerms.read(fields)
            return address.map { terms.check("tcp \($0)", .tcp(address: $0)) }
        }
        return Shape("an address such as 127.0.0.1:8080, or a mapping") { node, label, problems in
            guard node.mapping == nil else { return long.read(node, label, problems) }
            return Shape<String>.tcpAddress.read(node, label, problems).map {
                CheckTerms().check("tcp \($0)", .tcp(address: $0))
            }
        }
    }

    /// `command: [bin/check, --quick]`, or a mapping with the list under `run`.
    private static var command: Shape {
        let long = Shape.mapping { fields in
            let arguments = fields.required("run", .arguments)
            let terms = CheckTerms.read(fields)
            return arguments.map { terms.check("command \($0.joined(separator: " "))", .command(arguments: $0)) }
        }
        return Shape("a list of a program and its arguments, or a mapping") { node, label, problems in
            guard node.mapping == nil else { return long.read(node, label, problems) }
            return Shape<[String]>.arguments.read(node, label, problems).map {
                CheckTerms().check("command \($0.joined(separator: " "))", .command(arguments: $0))
            }
        }
    }

    /// `running_version: matches`, or a mapping of the common terms.
    private static var runningVersion: Shape {
        let long = Shape.mapping { CheckTerms.read($0).check("running version", .runningVersion) }
        return Shape("the word matches, or a mapping") { node, label, problems in
            guard node.mapping == nil else { return long.read(node, label, problems) }
            guard node.scalar?.text == "matches" else {
                problems.add(node.place, .badValue, "\(label) must be the word \"matches\", not \(node.summary)")
                return nil
            }
            return CheckTerms().check("running version", .runningVersion)
        }
    }
}

/// What all kinds of smoke tests have in common.
private struct CheckTerms {
    var name: String?
    var level = Check.Level.fail
    var within = Interval.seconds(5)
    var every = Interval.seconds(2)
    var limit = Interval.minutes(1)

    static func read(_ fields: Fields) -> CheckTerms {
        let standard = CheckTerms()
        let count = fields.problems.count
        let limit = fields.interval("for", in: .milliseconds(100) ... .hours(12), default: standard.limit)
        let terms = CheckTerms(
            name: fields.optional("name", .label),
            level: fields.oneOf("level", default: standard.level),
            // One try may take as long as the whole where nobody says otherwise.
            within: fields.interval(
                "within",
                in: .milliseconds(10) ... .minutes(30),
                default: min(standard.within, limit)
            ),
            every: fields.interval("every", in: .milliseconds(50) ... .hours(1), default: standard.every),
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
        let name = name ?? String(printable.prefix(80))
        return Check(name: name, level: level, kind: kind, within: within, every: every, limit: limit)
    }
}

extension Fields {
    /// Refuses a key whose meaning another one already covers.
    fileprivate func refuse(_ key: String, beside other: String) {
        guard node(key) != nil else { return }
        problems.add(
            place(of: key),
            .notOneKind,
            "\"\(other)\" and \"\(key)\" say the same thing",
            remedy: "leave one of them out"
        )
    }
}
