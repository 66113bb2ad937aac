import HTTPCalls
import Patterns
import StructuredText
import Synchronization
import TrainModel

/// One repository of a registry during one look.
final class RegistryRepository: Sendable {
    static let tags_max = 100_000
    static let page = 1_000

    /// `registry.example.com/web`.
    let reference: String
    private let registry: HTTPAddress
    private let name: String
    private let asker: Asker
    /// For this repository and this look only; nil until the registry has asked for it.
    private let token = Mutex<HTTPHeader?>(nil)

    /// What manifests there are: an index of several machines' images, or one image; the registry says which it is.
    static let manifests = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ].joined(separator: ", ")

    init(_ rule: ArrivalRule, _ asker: Asker) throws(OutsideFailure) {
        registry = try HTTPAddress(rule.registry)
        guard registry.rest.isEmpty || registry.rest == "/" else {
            throw OutsideFailure(.notAllowed, "a registry's address has no path", remedy: "leave the path out")
        }
        guard Self.isName(rule.repository) else {
            throw OutsideFailure(
                .notAllowed,
                "\(Problem.quote(rule.repository)) is no repository",
                remedy: "write it in small letters, as in team/web"
            )
        }
        name = rule.repository
        self.asker = asker
        reference = "\(registry.authority)/\(name)"
    }

    /// Parts of small letters, digits, `.`, `_` and `-` with slashes between them.
    private static func isName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return text.utf8.count <= 255
            && parts.allSatisfy { part in
                guard let first = part.utf8.first, !part.contains("..") else { return false }
                let isAlphanumeric = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
                return isAlphanumeric(first) && part.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
            }
    }

    // MARK: - Tags

    func tags(matching pattern: Pattern, by deadline: Deadline) async throws(OutsideFailure) -> [Version] {
        var next: HTTPAddress? = try HTTPAddress("\(registry.origin)/v2/\(name)/tags/list?n=\(Self.page)")
        var asked: Set<HTTPAddress> = []
        var seen = 0
        var tags: [Version] = []
        while let address = next {
            guard asked.insert(address).inserted else {
                throw OutsideFailure(.badAnswer, "the pages of \(reference) go round", remedy: "look at the registry")
            }
            let response = try await ask(address, accept: "application/json", by: deadline)
            try demandSuccess(response, of: address)
            let names = try Node.answer(response.body, of: reference).at("tags")?.list ?? []
            seen += names.count
            guard seen <= Self.tags_max else {
                throw OutsideFailure(
                    .badAnswer,
                    "\(reference) has more than \(Self.tags_max) tags",
                    remedy: "remove those that nobody needs"
                )
            }
            tags += names.compactMap { $0.scalar.flatMap { Version($0.text) } }.filter { pattern.matches($0.text) }
            next = try response.head["Link"].flatMap(Self.nextPage).map { link throws(OutsideFailure) in try page(link)
            }
        }
        return tags
    }

    private func demandSuccess(_ response: HTTPResponse, of address: HTTPAddress) throws(OutsideFailure) {
        guard response.status == 404 else { return try Asker.demandSuccess(response, of: address) }
        // A 404 of anything else, such as a proxy, says nothing about the repository.
        let code = try? Node.answer(response.body, of: reference).at("errors.0.code")?.scalar?.text
        throw OutsideFailure(
            code == "NAME_UNKNOWN" ? .absent : .refused,
            "\(registry.authority) has no repository \(name)",
            remedy: "check its name, or push a first tag"
        )
    }

    /// The address in `<…>; rel="next"`.
    static func nextPage(_ link: String) -> String? {
        for part in link.split(separator: ",") {
            guard let open = part.firstIndex(of: "<"), let close = part.firstIndex(of: ">"), open < close else {
                continue
            }
            let parameters = part[close...].lowercased()
            if parameters.contains("rel=\"next\"") || parameters.contains("rel=next") {
                return String(part[part.index(after: open)..<close])
            }
        }
        return nil
    }

    /// A page lies in the same registry, or credentials would go elsewhere.
    private func page(_ link: String) throws(OutsideFailure) -> HTTPAddress {
        let address = try HTTPAddress(link.hasPrefix("/") ? registry.origin + link : link)
        guard address.origin == registry.origin else {
            throw OutsideFailure(
                .notAllowed,
                "\(registry.authority) sends its reader to \(address.authority)",
                remedy: "name that registry in the plan if it is meant"
            )
        }
        return address
    }

    // MARK: - Digests

    /// Nil for a tag that is gone.
    func digest(of tag: Version, by deadline: Deadline) async -> Result<Digest?, OutsideFailure> {
        do throws(OutsideFailure) {
            let address = try HTTPAddress("\(registry.origin)/v2/\(name)/manifests/\(tag.text.percentEncoded)")
            let response = try await ask(address, method: "HEAD", accept: Self.manifests, by: deadline)
            if response.status == 404 { return .success(nil) }
            try Asker.demandSuccess(response, of: address)
            let header = response.head["Docker-Content-Digest"] ?? ""
            guard header.hasPrefix("sha256:"), let digest = Digest(hex: header.dropFirst("sha256:".count)) else {
                throw OutsideFailure(
                    .badAnswer,
                    "\(reference):\(tag) has no SHA-256 digest but \(Problem.quote(header))",
                    remedy: "use a registry that says one"
                )
            }
            return .success(digest)
        } catch {
            return .failure(error)
        }
    }

    // MARK: - Asking

    /// - Parameter path: below the repository.
    func ask(_ path: String, accept: String, by deadline: Deadline) async throws(OutsideFailure) -> HTTPResponse {
        try await ask(try HTTPAddress("\(registry.origin)/v2/\(name)/\(path)"), accept: accept, by: deadline)
    }

    /// Asks again with a token when the registry wants one.
    private func ask(
        _ address: HTTPAddress,
        method: String = "GET",
        accept: String,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> HTTPResponse {
        let first = try await asker.ask(
            address,
            method: method,
            accept: accept,
            authorization: token.withLock { $0 },
            by: deadline
        )
        guard first.status == 401, let challenge = first.head["WWW-Authenticate"].flatMap(TokenChallenge.init) else {
            return first
        }
        let fresh = try await challenge.token(from: asker, repository: name, by: deadline)
        token.withLock { $0 = fresh }
        return try await asker.ask(address, method: method, accept: accept, authorization: fresh, by: deadline)
    }
}
