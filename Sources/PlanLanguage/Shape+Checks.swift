import Patterns
import StructuredText
import TrainModel

extension Shape where Value == HTTPStatuses {
    /// `200`, `200-299`, or a list of them.
    static var httpStatuses: Shape {
        let list = Shape<[ClosedRange<Int>]>.oneOrMore("status", .httpStatus, count_max: HTTPStatuses.ranges_max)
        return Shape(list.wanted, schema: list.schema) { node, label, problems in
            list.read(node, label, problems).flatMap { HTTPStatuses($0) }
        }
    }
}

extension Shape where Value == ClosedRange<Int> {
    fileprivate static var httpStatus: Shape {
        let wanted = "an HTTP status such as 200 or 200-299"
        return Shape(wanted, schema: { _ in statusSchema }) { node, label, problems in
            guard let text = node.scalar?.text, !node.isNothing else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard !text.contains(","), let range = HTTPStatuses(text)?.ranges.first else {
                problems.add(
                    node.place,
                    .badValue,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "statuses go from 100 to 599, the smaller one first"
                )
                return nil
            }
            return range
        }
    }

    private static let statusSchema = Schema.any(of: [
        Schema.integer(in: 100...599), Schema.text(pattern: "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$"),
    ])
}

extension Shape where Value == HTTPCheck.Header {
    /// A header's name, or a mapping of `name` and `equals`.
    static var headerRule: Shape {
        let long = Shape.mapping { fields in
            let name = fields.required("name", .headerName, "In any case of letters.")
            let equals = fields.optional("equals", .anyString, "Its whole value.")
            return name.map { HTTPCheck.Header(name: $0, equals: equals) }
        }
        let short = Shape<String>.headerName.map { HTTPCheck.Header(name: $0) }
        return either("a header's name, or a mapping", short: short, long: long)
    }
}

extension Shape where Value == [MetricCheck.Label] {
    static var metricLabels: Shape {
        let entries = Shape<[(key: Located<String>, value: String)]>.entries(of: .anyString)
        return Shape(entries.wanted, schema: entries.schema) { node, label, problems in
            guard let labels = entries.read(node, label, problems) else { return nil }
            for entry in labels where !Shape<String>.isLabelName(entry.key.value) {
                problems.add(
                    entry.key.place,
                    .badValue,
                    "\(Problem.quote(entry.key.value)) is no label's name",
                    remedy: "it has letters, digits and \"_\", and begins with no digit"
                )
                return nil
            }
            guard labels.count <= 20 else {
                problems.add(node.place, .outOfRange, "\(label) may name at most 20 labels, not \(labels.count)")
                return nil
            }
            return labels.map { MetricCheck.Label(name: $0.key.value, value: $0.value) }.sorted { $0.name < $1.name }
        }
    }
}

extension Shape where Value == Int {
    /// A number with up to three decimals, in thousandths: `0.5` is 500.
    static var thousandths: Shape {
        let wanted = "a number such as 5 or 0.25"
        return Shape(wanted, schema: { _ in ["type": .list(["number", "string"])] }) { node, label, problems in
            guard let text = node.scalar?.text, !node.isNothing else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard let number = thousandths(text) else {
                problems.add(
                    node.place,
                    .badValue,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "up to three decimals, at most a trillion"
                )
                return nil
            }
            return number
        }
    }

    private static func thousandths(_ text: String) -> Int? {
        let isBelow = text.hasPrefix("-")
        let parts = (isBelow ? text.dropFirst() : text[...]).split(
            separator: ".",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let isNumber = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard isNumber, let whole = parts.first.flatMap({ Int($0) }), whole <= 1_000_000_000_000 else { return nil }
        let decimals = parts.count == 2 ? parts[1] : ""
        guard decimals.utf8.count <= 3 else { return nil }
        let rest = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count)) ?? 0
        return (isBelow ? -1 : 1) * (whole * 1_000 + rest)
    }
}

extension Shape where Value == String {
    /// A path on the host: absolute, or inside the release directory.
    static var hostPath: Shape {
        let wanted = "a path on the host"
        return .text(wanted, schema: Schema.text(length_max: 1_000)) { text, place, label, problems in
            let isPrintable =
                text.utf8.count <= 1_000
                && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            let remedy =
                !isPrintable
                ? "it has at most 1000 bytes and no control characters"
                : text.split(separator: "/").contains("..")
                    ? "leave \"..\" out; write the whole path" : VariableRule.flaw(inReferencesOf: text)
            guard let remedy else { return text }
            problems.add(
                place,
                .badPath,
                "\(label) must be \(wanted), not \(Problem.quote(text))",
                remedy: remedy
            )
            return nil
        }
    }

    static var headerName: Shape {
        spelled("a header's name", "letters, digits and \"-\"", "[A-Za-z0-9-]+")
    }

    static var dnsName: Shape {
        spelled("a server's name", "letters, digits, \"-\" and \".\"", "[A-Za-z0-9.-]+")
    }

    static var metricName: Shape {
        spelled("a metric's name", "letters, digits, \"_\" and \":\"", "[A-Za-z_:][A-Za-z0-9_:]*")
    }

    /// As the kernel keeps it: at most 15 bytes of it are compared.
    static var programName: Shape {
        spelled("a program's name", "no \"/\" and no space", "[!-.0-~]+")
    }

    static var unitName: Shape {
        spelled(
            "a unit such as web.service",
            "letters, digits and the ending .service, .scope or .slice",
            #"[A-Za-z0-9:_.@\\-]+\.(service|scope|slice)"#
        )
    }

    /// A text that a pattern describes in whole.
    private static func spelled(_ wanted: String, _ rule: String, _ expression: String) -> Shape {
        .text(wanted, schema: Schema.text(pattern: "^\(expression)$", length_max: 253)) {
            text,
            place,
            label,
            problems in
            if isSpelled(text, expression) { return text }
            problems.add(
                place,
                .badValue,
                "\(label) must be \(wanted), not \(Problem.quote(text))",
                remedy: "it has \(rule)"
            )
            return nil
        }
    }

    fileprivate static func isLabelName(_ text: String) -> Bool { isSpelled(text, "[A-Za-z_][A-Za-z0-9_]*") }

    private static func isSpelled(_ text: String, _ expression: String) -> Bool {
        text.utf8.count <= 253 && (try? Pattern(expression))?.matches(text) == true
    }
}
