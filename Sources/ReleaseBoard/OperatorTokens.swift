import ControllerService
import Cryptography
import TrainModel

public typealias Operator = ControllerConfiguration.Operator

/// Who may ask, found by bearer token. Only the tokens' hashes are here.
public struct OperatorTokens: Sendable {
    /// What a token begins with, so that scanners of sources and logs find one that got lost.
    public static let prefix = "wt_"
    /// A token has 32 random bytes in 43 letters; nothing much longer is worth hashing.
    static let length_max = 256

    private let operators: [Operator]

    public init(_ operators: [Operator]) {
        self.operators = operators
    }

    /// A new token, to be shown once, and the hash to be configured.
    public static func make() throws -> (token: String, digest: Digest) {
        let token = prefix + Base64.urlSafe.encode(try SecureRandom.bytes(32))
        return (token, SHA256.digest(of: token.utf8))
    }

    /// Compares with every operator's hash, whether or not one has matched already, so that the time says nothing.
    func owner(of token: some StringProtocol) -> Operator? {
        guard token.utf8.count <= Self.length_max, token.hasPrefix(Self.prefix) else { return nil }
        let digest = SHA256.digest(of: Array(token.utf8))
        var owner: Operator?
        for candidate in operators where ConstantTime.equal(candidate.tokenDigest.bytes, digest.bytes) {
            owner = candidate
        }
        return owner
    }

    /// The operator that the `Authorization` header names.
    func owner(authorization header: String?) -> Operator? {
        guard let header, let space = header.firstIndex(of: " "), header[..<space].lowercased() == "bearer" else {
            return nil
        }
        return owner(of: header[header.index(after: space)...])
    }
}
