import HTTPCalls
import Patterns
import TimeAndChance
import TrainModel

extension CheckRunner {
    /// A health page is small; what is longer is not looked at further.
    static let body_bytes_max = 1 << 20
    /// Of a page of metrics.
    static let metrics_bytes_max = 8 << 20

    /// Passes when the answer is as wanted. A new connection each time, straight to the address: whether the service
    /// still accepts one is what is asked.
    func lookHTTP(_ check: HTTPCheck, within: Interval) async -> Look {
        let began = SteadyWallClock.sinceBoot()
        do {
            let response = try await page(check.url, within: within, bytes_max: Self.body_bytes_max)
            return check.objection(to: response, took: SteadyWallClock.sinceBoot() - began).map { .failed($0) }
                ?? .passed
        } catch {
            return .failed("\(error)")
        }
    }

    /// A page that does not come fails; one that does not hold the metric says nothing of it.
    func lookMetric(_ metric: MetricCheck, _ check: Check, _ subject: ServiceHooks.Subject) async -> Look {
        do {
            let response = try await page(metric.url, within: check.within, bytes_max: Self.metrics_bytes_max)
            guard response.isSuccess else { return .failed("\(metric.url) answered \(response.status)") }
            guard let sum = try MetricPage.sum(of: metric, in: response.body) else {
                return .blind("\(metric.url) holds no \(metric.words)")
            }
            guard !sum.isNaN else { return .blind("\(metric.words) is not a number") }
            guard metric.isPerMinute else { return metric.judge(sum) }
            let key = LookMemory.Key(check, subject)
            guard let rate = memory.rate(of: key, sum, at: .now) else {
                return .blind("\(metric.words) has no rate before a second look")
            }
            return metric.judge(rate)
        } catch let flaw as MetricPage.Flaw {
            return .failed("\(metric.url) is no page of metrics: line \(flaw.line): \(flaw.sentence)")
        } catch {
            return .failed("\(error)")
        }
    }

    private func page(
        _ url: String,
        within: Interval,
        bytes_max: Int
    ) async throws(HTTPCallError) -> HTTPResponse {
        let within_ms = Int(clamping: max(1, within.ms))
        let limits = HTTPLimits(
            timeout_ms: within_ms,
            connectTimeout_ms: within_ms,
            responseBytes_max: bytes_max
        )
        return try await http.response(
            to: HTTPCall(url: url, limits: limits, proxy: .none, reusesConnections: false)
        )
    }
}

extension HTTPCheck {
    /// Why an answer is not as wanted; nil: it is.
    func objection(to response: HTTPResponse, took: Interval) -> String? {
        guard status.contains(response.status) else { return "\(url) answered \(response.status), not \(status)" }
        for header in headers {
            guard let value = response.head[header.name] else { return "the answer of \(url) has no \(header.name)" }
            guard let wanted = header.equals, value != wanted else { continue }
            return "\(header.name) of \(url) is \"\(value.prefix(80))\", not \"\(wanted.prefix(80))\""
        }
        if let objection = objection(toBody: response.body) { return objection }
        // No answer takes no time.
        let took = max(took, .milliseconds(1))
        guard let latency_max, took > latency_max else { return nil }
        return "\(url) answered after \(took), later than \(latency_max)"
    }

    private func objection(toBody bytes: [UInt8]) -> String? {
        guard !bodyContains.isEmpty || bodyMatches != nil else { return nil }
        let body = String(decoding: bytes, as: UTF8.self)
        guard bodyContains.isEmpty || body.contains(bodyContains) else {
            return "the answer of \(url) does not contain \"\(bodyContains.prefix(80))\""
        }
        guard let bodyMatches else { return nil }
        do throws(Pattern.Flaw) {
            return try Pattern(bodyMatches).occurs(in: body)
                ? nil : "no line of the answer of \(url) matches \(bodyMatches.prefix(80))"
        } catch {
            return "\(bodyMatches.prefix(80)) is no pattern: \(error.sentence)"
        }
    }
}

extension MetricCheck {
    /// `http_requests_total{code="500"}`
    var words: String {
        let pairs = labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
        return pairs.isEmpty ? metric : "\(metric){\(pairs)}"
    }

    func judge(_ value: Double) -> CheckRunner.Look {
        let what = isPerMinute ? "\(words) grows by \(Self.text(value)) a minute" : "\(words) is \(Self.text(value))"
        if let least_milli, value * 1_000 < Double(least_milli) {
            return .failed("\(what), less than \(Self.text(Double(least_milli) / 1_000))")
        }
        if let most_milli, value * 1_000 > Double(most_milli) {
            return .failed("\(what), more than \(Self.text(Double(most_milli) / 1_000))")
        }
        return .passed
    }

    /// Without the `.0` of whole numbers.
    private static func text(_ value: Double) -> String {
        let text = "\((value * 1_000).rounded() / 1_000)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
