public import Cryptography
import FoundationEssentials
import SwiftProtobuf
public import TimeAndChance
public import TrainModel
import WireMessages

/// What lets one host of one region into a cluster, once: a secret, and the authority by which the host knows the
/// controller before it has ever spoken to it.
///
/// As text it is one line: `wavetrain-join-1.` and base64url of `JoinToken` (`proto/wavetrain/v1/link.proto`) with the
/// first four bytes of its SHA-256 behind it, so that a token that lost a character is named as such. It carries the
/// authority's whole certificate: with a fingerprint alone, the first handshake would need a second way to verify.
public struct JoinToken: Hashable, Sendable {
    public static let prefix = "wavetrain-join-1."
    public static let textBytes_max = 8 << 10
    private static let checksum_bytes = 4

    public let cluster: ClusterName
    public let region: RegionName
    /// Until then the controller takes it.
    public let expires: Instant
    /// The cluster's authority.
    public let authority: Certificate
    /// 32 random bytes: whoever has them may enrol a host.
    let secret: [UInt8]

    /// Makes a token with a new secret.
    ///
    /// - Parameter expires: whole seconds count.
    /// - Throws: `CryptographyError` when there is no entropy.
    public init(cluster: ClusterName, region: RegionName, expires: Instant, authority: Certificate) throws {
        self.cluster = cluster
        self.region = region
        self.expires = Instant(unix_ms: expires.unix_ms / 1_000 * 1_000)
        self.authority = authority
        secret = try SecureRandom.bytes(Bounds.secretBytes)
    }

    /// What the controller stores instead of the secret.
    public var secretDigest: Digest { SHA256.digest(of: secret) }

    /// The line to hand over: a secret.
    public func secretText() throws -> String {
        let wire = Wavetrain_V1_JoinToken.with {
            $0.cluster = cluster.text
            $0.region = region.text
            $0.secret = Data(secret)
            $0.expiresUnixS = expires.unix_ms / 1_000
            $0.authority = Data(authority.der)
        }
        let bytes: [UInt8] = try wire.serializedBytes()
        return Self.prefix + Base64.urlSafe.encode(bytes + Self.checksum(bytes))
    }

    /// Reads what `secretText` writes; blanks around it do not count.
    ///
    /// - Throws: `LinkError` `invalidToken`. Whether it has expired is not looked at.
    public init(text: some StringProtocol) throws {
        let isBlank = { (character: Character) in character.isWhitespace }
        var text = text.drop(while: isBlank)[...]
        while let last = text.last, isBlank(last) { text.removeLast() }
        guard text.hasPrefix(Self.prefix) else {
            throw Self.invalid("It does not begin with \(Self.prefix) and so is no join token.")
        }
        guard text.utf8.count <= Self.textBytes_max,
            let bytes = Base64.urlSafe.decode(text.dropFirst(Self.prefix.count)),
            bytes.count > Self.checksum_bytes,
            bytes.suffix(Self.checksum_bytes) == Self.checksum(bytes.dropLast(Self.checksum_bytes))
        else {
            throw Self.invalid("It was mangled: characters are missing, added or changed.")
        }
        do {
            try self.init(Frame.decode(Array(bytes.dropLast(Self.checksum_bytes)), "join_token"))
        } catch {
            throw Self.invalid("It is whole, but this version cannot read it: \(error)")
        }
    }

    private init(_ wire: Wavetrain_V1_JoinToken) throws {
        cluster = try Field.name(wire.cluster, "cluster")
        region = try Field.name(wire.region, "region")
        secret = try Field.secret(wire.secret)
        guard (1...Bounds.unix_ms_max / 1_000).contains(wire.expiresUnixS) else {
            throw LinkError.missing("expires_unix_s")
        }
        expires = Instant(unix_ms: wire.expiresUnixS * 1_000)
        authority = try Certificate(
            der: try Field.bytes(wire.authority, bytes_max: Bounds.authorityBytes_max, "authority")
        )
    }

    private static func checksum(_ bytes: some Collection<UInt8>) -> ArraySlice<UInt8> {
        SHA256.digest(of: bytes).bytes.prefix(checksum_bytes)
    }

    private static func invalid(_ sentence: String) -> LinkError {
        LinkError(
            .invalidToken,
            at: "join token",
            sentence,
            remedy: "Copy the whole line again, or make a new token: wavetrain agent token."
        )
    }
}

// The secret must not reach a log because somebody printed the token.
extension JoinToken: CustomStringConvertible, CustomReflectable {
    public var description: String { "join token for \(cluster)/\(region)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
