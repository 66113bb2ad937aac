/// What is deployed: a name and version for people, a digest and length for machines.
public struct Artifact: Hashable, Sendable, Codable {
    public let name: ArtifactName
    public let version: Version
    /// SHA-256 of the bundle's bytes, or of what a recipe deploys.
    public let digest: Digest
    /// 0 where there is no bundle: a recipe brings the artifact by its reference.
    public let length_bytes: UInt64

    public init(name: ArtifactName, version: Version, digest: Digest, length_bytes: UInt64) {
        self.name = name
        self.version = version
        self.digest = digest
        self.length_bytes = length_bytes
    }
}

extension Artifact: CustomStringConvertible {
    public var description: String { "\(name) \(version)" }
}
