import Cryptography
import HTTPCalls
import TimeAndChance
import TrainModel

extension CheckRunner {
    /// Passes when every certificate that the server shows is good for long enough.
    func lookTLS(_ check: TLSCheck, within: Interval) async -> Look {
        let within_ms = Int(clamping: max(1, within.ms))
        let name = check.serverName ?? check.address.hostPart
        var call = HTTPCall(
            url: "https://\(name):\(check.address.portPart)/",
            limits: HTTPLimits(timeout_ms: within_ms, connectTimeout_ms: within_ms),
            trust: check.isTrusted ? .system : .anybody,
            proxy: .none,
            reusesConnections: false
        )
        call.onlyConnects = true
        call.dials = check.address
        do {
            let shown = try await http.response(to: call).head.certificates.map { try ShownCertificate(pem: $0) }
            return check.judge(shown, now: clock())
        } catch let error as HTTPCallError {
            return .failed("\(check.address): \(error.reason); \(error.code.remedy)")
        } catch {
            return .failed("\(check.address) shows a certificate that cannot be read: \(error)")
        }
    }
}

extension TLSCheck {
    /// The one that ends first decides.
    func judge(_ shown: [ShownCertificate], now: Instant) -> CheckRunner.Look {
        let first = shown.min { $0.validity.notAfter_unix_s < $1.validity.notAfter_unix_s }
        guard let first else { return .blind("\(address) shows no certificate") }
        let whose = "the certificate of \(first.commonName ?? "a server without a name") at \(address)"
        let left = Instant(unix_ms: first.validity.notAfter_unix_s * 1_000) - now
        guard left > .zero else { return .failed("\(whose) ended \((left * -1).wholeUnits) ago; renew it") }
        guard left >= left_min else { return .failed("\(whose) ends in \(left.wholeUnits); renew it") }
        let early = shown.contains { $0.validity.notBefore_unix_s * 1_000 > now.unix_ms }
        return early ? .failed("a certificate at \(address) is not valid yet; look at the clocks") : .passed
    }
}

extension Interval {
    /// Days, or hours, or what there is: nobody renews a certificate by the millisecond.
    fileprivate var wholeUnits: Interval {
        for unit in [Interval.days(1), .hours(1), .minutes(1), .seconds(1)] where self >= unit {
            return Interval(ms: ms / unit.ms * unit.ms)
        }
        return self
    }
}

extension String {
    /// Of `host:port`.
    fileprivate var hostPart: String { lastIndex(of: ":").map { String(self[..<$0]) } ?? self }
    fileprivate var portPart: Substring { lastIndex(of: ":").map { self[index(after: $0)...] } ?? "443" }
}
