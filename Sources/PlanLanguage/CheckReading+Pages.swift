import StructuredText
import TimeAndChance
import TrainModel

/// Smoke tests that ask for a page: `http` and `metrics`.
extension Shape where Value == Check {
    /// `http: /health`, or a mapping of where to ask and what the answer must be.
    static var http: Shape {
        let long = Shape.mapping { fields in
            let url = PageAddress.read(fields)
            fields.requireOne(of: "path", "url")
            let status = fields.value("status", .httpStatuses, default: .ok, "The statuses that pass.")
            let contains = fields.value("contains", .string, default: "", "What the body must hold.")
            let matches = fields.optional("matches", .pattern, "A pattern that must occur in the body.")
            let headers = fields.optional(
                "headers",
                Shape<[HTTPCheck.Header]>.oneOrMore("header", .headerRule, count_max: 20),
                "What the answer's head must hold."
            )
            let latency_max = fields.optional(
                "faster_than",
                .interval(in: .milliseconds(1) ... .minutes(30)),
                "An answer that takes longer fails."
            )
            let terms = CheckTerms.read(fields)
            return url.map {
                let check = HTTPCheck(
                    url: $0.url,
                    status: status,
                    bodyContains: contains,
                    bodyMatches: matches,
                    headers: headers ?? [],
                    latency_max: latency_max
                )
                return terms.check("http \($0.path)", .http(check))
            }
        }
        let short = Shape<String>.httpPath.map { path in
            CheckTerms().check("http \(path)", .http(HTTPCheck(url: PageAddress.local(path: path))))
        }
        return either("a path such as /health, or a mapping", short: short, long: long)
    }

    /// A number on the service's page of metrics, and its bounds.
    static var metrics: Shape {
        .mapping { fields in
            let url = PageAddress.read(fields)
            fields.refuse("path", beside: "url")
            let metric = fields.required("metric", .metricName, "What the page calls it.")
            let labels = fields.optional("labels", .metricLabels, "Those that its samples must carry.")
            let least = fields.optional("at_least", .thousandths, "Less than this fails.")
            let most = fields.optional("at_most", .thousandths, "More than this fails.")
            let per = fields.optional("per", .oneOf(Per.self), "minute: how much it grows is compared.")
            let terms = CheckTerms.read(fields)
            guard fields.demandBound(least, most), let metric else { return nil }
            let check = MetricCheck(
                url: url?.url ?? PageAddress.local(path: "/metrics"),
                metric: metric,
                labels: labels ?? [],
                least_milli: least.map(Int64.init),
                most_milli: most.map(Int64.init),
                isPerMinute: per == .minute
            )
            return terms.check("metrics \(metric)", .metric(check))
        }
    }
}

private enum Per: String, CaseIterable { case minute }

/// The address from `url`, or from `path` and `port`; the path names the check where it has no other name.
private struct PageAddress {
    let url: String
    let path: String

    static func read(_ fields: Fields) -> PageAddress? {
        let path = fields.optional("path", .httpPath, "Asked of the host itself.")
        let port = fields.value("port", .port, default: "${port}", "The service's port on the host.")
        let url = fields.optional("url", .httpURL, "A whole address.")
        fields.refuse("port", beside: "url")
        if let url { return PageAddress(url: url, path: url) }
        if let path { return PageAddress(url: local(path: path, port: port), path: path) }
        return fields.has("port") ? PageAddress(url: local(path: "/metrics", port: port), path: "/metrics") : nil
    }

    static func local(path: String, port: String = "${port}") -> String { "http://127.0.0.1:\(port)\(path)" }
}

extension Fields {
    /// Without a bound nothing could ever fail.
    fileprivate func demandBound(_ least: Int?, _ most: Int?) -> Bool {
        guard has("at_least") || has("at_most") else {
            problems.add(
                place,
                .badValue,
                "the key \"at_least\" or \"at_most\" is missing",
                remedy: "say which values are well"
            )
            return false
        }
        guard let least, let most, least > most else { return least != nil || most != nil }
        problems.add(
            self.place(of: "at_least"),
            .contradiction,
            "no value is at least \(least.thousandthsText) and at most \(most.thousandthsText)",
            remedy: "make \"at_least\" smaller or \"at_most\" larger"
        )
        return false
    }
}

extension Int {
    fileprivate var thousandthsText: String {
        var digits = "\(magnitude % 1_000 + 1_000)".dropFirst()
        while digits.hasSuffix("0") { digits.removeLast() }
        return (self < 0 ? "-" : "") + "\(magnitude / 1_000)" + (digits.isEmpty ? "" : ".\(digits)")
    }
}
