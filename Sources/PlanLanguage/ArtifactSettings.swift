import StructuredText
import TrainModel

/// What a plan says about the artifacts that it deploys.
struct ArtifactSettings {
    /// The artifact of every service that does not name its own; nil: each service is an artifact of its own name.
    var name: ArtifactName?
    var rule = ArtifactRule()
}

extension Shape where Value == ArtifactSettings {
    /// `artifact: partner-services`, or a mapping of `name`, `version` and `branch`.
    static var artifact: Shape {
        let long = Shape.mapping { fields in
            let name = fields.optional(
                "name",
                Shape<ArtifactName>.name("artifact"),
                "The artifact of every service that does not name its own."
            )
            var rule = ArtifactRule()
            rule.versionPattern =
                fields.optional("version", .pattern, "What a version must look like, in whole.") ?? ""
            rule.branchPatterns =
                fields.optional("branch", .branches, "Patterns of the branches it may be built on.") ?? []
            return ArtifactSettings(name: name, rule: rule)
        }
        let short = Shape<ArtifactName>.name("artifact").map { ArtifactSettings(name: $0) }
        return either("an artifact's name, or a mapping of name, version and branch", short: short, long: long)
    }
}

extension Shape where Value == [String] {
    /// A pattern, or a list of patterns of which one must match a branch in whole.
    static var branches: Shape { oneOrMore("branch", .pattern) }
}
