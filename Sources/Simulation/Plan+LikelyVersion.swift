import Patterns
import TrainModel

extension Plan {
    /// A version that the plan's rule takes: of a shape that teams use, else whatever the rule's pattern matches.
    public var likelyVersion: Version {
        let shapes = ["1", "1.0.0", "v1.0.0", "20261120.1", "2026.11.20", "abc1234", "1.0.0-abc1234"]
        let versions = shapes.compactMap { Version($0) }
        // The compiler has refused what is no pattern; without one any version will do.
        guard !artifacts.versionPattern.isEmpty, let pattern = try? Pattern(artifacts.versionPattern) else {
            return versions[0]
        }
        let example = (try? Pattern.example(of: artifacts.versionPattern)).flatMap { $0.flatMap { Version($0) } }
        return versions.first { pattern.matches($0.text) } ?? example ?? versions[0]
    }
}

extension ArtifactRule {
    /// A branch that the rule takes.
    var likelyBranch: String {
        branchPatterns.lazy.compactMap { (try? Pattern.example(of: $0)).flatMap(\.self) }.first ?? "main"
    }
}
