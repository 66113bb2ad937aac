import Cryptography
import HostDecisions
import StructuredText
import TrainModel

/// What the release directory of a recipe's deployment holds, in `recipe.json`: which artifact it stands for, and who
/// brings it. The directory bears the record's own digest, so that `current` points at something that can be verified,
/// as it does with a bundle.
struct RecipeRecord: Hashable, Sendable {
    static let fileName = "recipe.json"

    let artifact: Artifact
    let recipe: Deployment.Recipe

    var bytes: [UInt8] {
        JSONText.canonical([
            "artifact": .string(artifact.name.text),
            "digest": .string(artifact.digest.hex),
            "recipe": .string(recipe.name.text),
            "reference": .string(recipe.reference),
            "version": .string(artifact.version.text),
        ])
    }

    /// The record as an artifact of its own: of this version, and of the record's digest.
    var release: Artifact {
        let bytes = bytes
        return Artifact(
            name: artifact.name,
            version: artifact.version,
            digest: SHA256.digest(of: bytes),
            length_bytes: UInt64(bytes.count)
        )
    }
}

extension Deployment {
    /// Nil for a bundle.
    var record: RecipeRecord? { recipe.map { RecipeRecord(artifact: artifact, recipe: $0) } }

    /// What its release directory holds: the bundle, or the recipe's record.
    var release: Artifact { record?.release ?? artifact }
}
