import HTTPCalls
import Programs
import StructuredText
import TimeAndChance
import TrainModel

/// Asks what a plan's checks, comparisons and diagnoses want to know.
public struct Prober: Sendable {
    /// A longer value is none: nobody compares it, and cut it could seem to be another.
    public static let valueBytes_max = 256

    let asker: Asker
    let recipes: [RecipeName: ProbeRecipe]

    public init(_ configuration: OutsideConfiguration, http: HTTPClient) {
        asker = Asker(http: http, credentials: configuration.credentials)
        recipes = configuration.probes
    }

    /// - Parameter field: a path into a JSON answer, whose value counts; empty: the whole answer.
    public func answer(to kind: Probe.Kind, field: String, within: Interval) async -> ProbeAnswer {
        do throws(OutsideFailure) {
            let deadline = Deadline(in: within)
            let value =
                switch kind {
                case .http(let url): try await ask(url, field: field, by: deadline)
                case .prometheus(let url, let query): try await ask(url, query: query, by: deadline)
                case .recipe(let name, let variables): try await run(name, variables, field: field, by: deadline)
                }
            guard value.utf8.count <= Self.valueBytes_max else {
                throw OutsideFailure(
                    .badAnswer,
                    "the answer has \(value.utf8.count) bytes, more than \(Self.valueBytes_max)",
                    remedy: "name the part of it that counts (`json:`)"
                )
            }
            return ProbeAnswer(value: value, failure: "")
        } catch {
            return ProbeAnswer(value: "", failure: error.description)
        }
    }

    private func ask(_ url: String, field: String, by deadline: Deadline) async throws(OutsideFailure) -> String {
        let address = try HTTPAddress(url)
        let response = try await asker.ask(address, accept: field.isEmpty ? "*/*" : "application/json", by: deadline)
        try Asker.demandSuccess(response, of: address)
        return try Self.value(in: response.body, field: field, of: address.authority)
    }

    /// A value of JSON as text, or all of a short plain answer without the blanks around it.
    static func value(in bytes: [UInt8], field: String, of source: String) throws(OutsideFailure) -> String {
        guard !field.isEmpty else {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw OutsideFailure(.badAnswer, "the answer of \(source) is no text", remedy: "ask it for text")
            }
            return text.trimmingBlanks
        }
        let document = try Node.answer(bytes, of: source)
        guard let node = document.at(field) else {
            throw OutsideFailure(
                .badAnswer,
                "the answer of \(source) has nothing at \(Problem.quote(field))",
                remedy: "look at the answer and correct the path"
            )
        }
        guard let scalar = node.scalar, !node.isNothing else {
            throw OutsideFailure(
                .badAnswer,
                "at \(Problem.quote(field)) the answer of \(source) has \(node.summary), not a value",
                remedy: "let the path lead to a text, a number or a truth value"
            )
        }
        return scalar.text
    }
}

extension String {
    /// Without blanks and line ends at both ends.
    var trimmingBlanks: String {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
