import HTTPCalls
import TrainModel
import StructuredText

/// `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`: where a registry's tokens come from.
struct TokenChallenge: Hashable {
    let realm: String
    let service: String?
    let scope: String?

    /// Nil for another scheme, or without a realm.
    init?(_ header: String) {
        guard header.lowercased().hasPrefix("bearer ") else { return nil }
        let values = Self.parameters(header.dropFirst("bearer ".count))
        guard let realm = values["realm"] else { return nil }
        self.realm = realm
        service = values["service"]
        scope = values["scope"]
    }

    /// `key="value"` or `key=value` with commas between; commas inside quotation marks are part of the value.
    private static func parameters(_ text: Substring) -> [String: String] {
        var values: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "=") {
            let key = String(rest[..<equals]).trimmingBlanks.lowercased()
            rest = rest[rest.index(after: equals)...]
            let isQuoted = rest.first == "\""
            if isQuoted { rest = rest.dropFirst() }
            let value = rest.prefix { $0 != (isQuoted ? "\"" : ",") }
            values[key] = isQuoted ? String(value) : String(value).trimmingBlanks
            rest = rest.dropFirst(value.count).drop { $0 != "," }.dropFirst()
        }
        return values
    }

    /// The credentials that go there are those configured for the realm's own host, so that no registry can ask for
    /// another's. Only to read is asked for.
    func token(
        from asker: Asker,
        repository: String,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> HTTPHeader {
        let base = try HTTPAddress(realm)
        guard base.mayCarrySecrets else {
            throw OutsideFailure(
                .notAllowed,
                "the registry's tokens come over http",
                remedy: "give it a realm on https"
            )
        }
        var query = ["scope=\((scope ?? "repository:\(repository):pull").percentEncoded)"]
        if let service { query.append("service=\(service.percentEncoded)") }
        let address = try HTTPAddress(realm + (realm.contains("?") ? "&" : "?") + query.joined(separator: "&"))
        let response = try await asker.ask(address, by: deadline)
        try Asker.demandSuccess(response, of: address)
        let document = try Node.answer(response.body, of: base.authority)
        guard let token = (document.at("token") ?? document.at("access_token"))?.scalar?.text, !token.isEmpty,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            throw OutsideFailure(.badAnswer, "\(base.authority) gives no token", remedy: "look into its log")
        }
        return HTTPHeader("Authorization", "Bearer \(token)")
    }
}
