import HTTPCalls
import TimeAndChance

extension CheckRunner {
    /// A health page is small; what is longer is not looked at further.
    static let body_bytes_max = 1 << 20

    /// Passes when status and body are as wanted. A new connection each time, straight to the address: whether the
    /// service still accepts one is what is asked.
    func lookHTTP(_ url: String, status: Int, bodyContains: String, within: Interval) async -> Look {
        let within_ms = Int(clamping: max(1, within.ms))
        let call = HTTPCall(
            url: url,
            limits: HTTPLimits(
                timeout_ms: within_ms,
                connectTimeout_ms: within_ms,
                responseBytes_max: Self.body_bytes_max
            ),
            proxy: .none,
            reusesConnections: false
        )
        do {
            let response = try await http.response(to: call)
            guard response.status == status else { return .failed("\(url) answered \(response.status), not \(status)") }
            let body = String(decoding: response.body, as: UTF8.self)
            guard bodyContains.isEmpty || body.contains(bodyContains) else {
                return .failed("the answer of \(url) does not contain \"\(bodyContains.prefix(80))\"")
            }
            return .passed
        } catch {
            return .failed("\(error)")
        }
    }
}
