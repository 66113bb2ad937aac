import Patterns
import TrainModel

extension ArtifactRule {
    func accepts(_ record: ArtifactRecord) -> Bool { objection(to: record) == nil }

    /// Why a release may not take it, in a sentence; nil: it may. A pattern that is none accepts nothing.
    func objection(to record: ArtifactRecord) -> String? {
        let artifact = record.artifact
        if !versionPattern.isEmpty, !Self.matches(versionPattern, artifact.version.text) {
            return "\(artifact) is not taken: its version must match `\(versionPattern)`"
        }
        let branch = record.source.branch
        guard !branchPatterns.isEmpty, !branchPatterns.contains(where: { Self.matches($0, branch) }) else { return nil }
        let wanted = branchPatterns.map { "`\($0)`" }.joined(separator: " or ")
        let origin = branch.isEmpty ? "nobody said of which branch it was built" : "it was built of branch \(branch)"
        return "\(artifact) is not taken: it must be built of branch \(wanted), and \(origin)"
    }

    static func matches(_ pattern: String, _ text: String) -> Bool {
        do {
            return try Pattern(pattern).matches(text)
        } catch {
            return false
        }
    }
}
