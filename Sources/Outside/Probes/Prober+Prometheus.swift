import HTTPCalls
import StructuredText
import TrainModel

/// Instant queries to Prometheus and whatever speaks its HTTP API.
extension Prober {
    /// The value of the one sample that the query gives.
    func ask(_ url: String, query: String, by deadline: Deadline) async throws(OutsideFailure) -> String {
        let base = try HTTPAddress(url)
        guard !base.rest.contains("?") else {
            throw OutsideFailure(.notAllowed, "Prometheus' address has a query of its own", remedy: "leave it out")
        }
        let root = base.rest.hasSuffix("/") ? String(base.rest.dropLast()) : base.rest
        let address = try HTTPAddress("\(base.origin)\(root)/api/v1/query?query=\(query.percentEncoded)")
        let response = try await asker.ask(address, by: deadline)
        // A query that cannot be run is answered with 400 or 422 and says why.
        guard response.isSuccess || (response.status == 400 || response.status == 422) else {
            try Asker.demandSuccess(response, of: address)
            return ""
        }
        let document = try Node.answer(response.body, of: address.authority)
        guard document.at("status")?.scalar?.text == "success" else {
            let reason = document.at("error")?.scalar.map { Problem.quote($0.text) } ?? "no reason given"
            throw OutsideFailure(
                .refused,
                "\(address.authority) cannot run the query: \(reason)",
                remedy: "try it in Prometheus' own page"
            )
        }
        return try Self.sample(in: document, of: address.authority)
    }

    private static func sample(in document: Node, of source: String) throws(OutsideFailure) -> String {
        let value: Node?
        switch document.at("data.resultType")?.scalar?.text {
        case "scalar": value = document.at("data.result.1")
        case "vector":
            let samples = document.at("data.result")?.list ?? []
            guard samples.count == 1 else {
                throw OutsideFailure(
                    .badAnswer,
                    samples.isEmpty
                        ? "the query finds no sample in \(source)"
                        : "the query finds \(samples.count) samples, not one",
                    remedy: samples.isEmpty
                        ? "check its labels; `or vector(0)` makes nothing count as 0" : "add them up with sum()"
                )
            }
            value = samples[0].at("value.1")
        case let other:
            throw OutsideFailure(
                .badAnswer,
                "the query gives a \(other ?? "nothing"), not one sample",
                remedy: "ask for an instant vector or a scalar"
            )
        }
        guard let text = value?.scalar?.text, let number = Double(text), number.isFinite else {
            throw OutsideFailure(
                .badAnswer,
                "the query gives \(value?.scalar.map { Problem.quote($0.text) } ?? "nothing"), no number",
                remedy: "check whether something is divided by 0"
            )
        }
        return text
    }
}
