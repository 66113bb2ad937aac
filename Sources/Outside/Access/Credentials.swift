import Cryptography
import HTTPCalls

/// Who the controller is elsewhere, by host. They never come from a plan and never go to another host.
public struct Credentials: Sendable {
    public enum Kind: Sendable {
        case bearer(SecretText)
        case basic(user: String, password: SecretText)
    }

    /// By `host`, or `host:port` where the port is not the scheme's own.
    private let kinds: [String: Kind]

    public init(_ kinds: [String: Kind] = [:]) {
        self.kinds = kinds
    }

    /// The files that they stand in.
    public var secrets: [SecretText] {
        kinds.sorted { $0.key < $1.key }.map { entry in
            switch entry.value {
            case .bearer(let token): token
            case .basic(_, let password): password
            }
        }
    }

    /// Nil where none is configured. Throws where one is and it would go over the network in the clear.
    func header(for address: HTTPAddress) throws(OutsideFailure) -> HTTPHeader? {
        guard let kind = kinds[address.authority] else { return nil }
        guard address.mayCarrySecrets else {
            throw OutsideFailure(
                .notAllowed,
                "the credentials for \(address.authority) are not sent over http",
                remedy: "ask it over https"
            )
        }
        switch kind {
        case .bearer(let token): return HTTPHeader("Authorization", "Bearer \(try token.read())")
        case .basic(let user, let password):
            let pair = "\(user):\(try password.read())"
            return HTTPHeader("Authorization", "Basic \(Base64.standard.encode(pair.utf8))")
        }
    }
}
