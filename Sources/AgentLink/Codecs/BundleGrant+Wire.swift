import Cryptography
import FoundationEssentials
public import SignedEnvelopes
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

/// A grant as it is signed: `BundleGrant` in `proto/wavetrain/v1/link.proto`.
extension BundleGrant: SignedDocument {
    public static var payloadType: PayloadType { .bundleGrant }

    /// - Throws: `EnvelopeError` for bytes that are no grant or hold unknown fields; `LinkError` naming the field that
    ///   breaks its rule.
    public init(signedBytes bytes: [UInt8]) throws {
        let wire = try Wavetrain_V1_BundleGrant(signedBytes: bytes)
        self = try Field.message("bundle_grant") { () throws(LinkError) in
            BundleGrant(
                cluster: try Field.name(wire.cluster, "cluster"),
                host: HostKey(region: try Field.name(wire.region, "region"), host: try Field.name(wire.host, "host")),
                digest: try Field.digest(wire.digest, "digest"),
                expires: try Field.instant(unix_ms: wire.expiresUnixMs, "expires_unix_ms")
            )
        }
    }

    public func signedBytes() throws -> [UInt8] {
        try Wavetrain_V1_BundleGrant.with {
            $0.cluster = cluster.text
            $0.region = host.region.text
            $0.host = host.host.text
            $0.digest = Data(digest.bytes)
            $0.expiresUnixMs = expires.unix_ms
        }
        .signedBytes()
    }
}
