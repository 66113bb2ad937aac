import Patterns
import TrainModel

extension Plan {
    /// A version that the plan's rule takes, among the shapes that teams use; for any other the caller must name one.
    public var likelyVersion: Version {
        let shapes = ["1", "1.0.0", "v1.0.0", "20261120.1", "2026.11.20", "2026.11.1", "abc1234", "1.0.0-1"]
        let versions = shapes.compactMap { Version($0) }
        guard !artifacts.versionPattern.isEmpty, let pattern = try? Pattern(artifacts.versionPattern) else {
            return versions[0]
        }
        return versions.first { pattern.matches($0.text) } ?? versions[0]
    }
}
