import TrainModel

extension ArtifactSource {
    /// With what only the other says.
    func completed(by other: ArtifactSource) -> ArtifactSource {
        var source = self
        if source.branch.isEmpty { source.branch = other.branch }
        if source.commit.isEmpty { source.commit = other.commit }
        if source.built == nil { source.built = other.built }
        if source.reference.isEmpty { source.reference = other.reference }
        if source.changes.isEmpty { source.changes = other.changes }
        return source
    }

    /// In words, what both say and say differently.
    func differences(from other: ArtifactSource) -> [String] {
        func words(_ name: String, _ own: String, _ others: String) -> String? {
            own.isEmpty || others.isEmpty || own == others ? nil : "\(name) \(own) and not \(others)"
        }
        return [
            words("branch", branch, other.branch), words("commit", commit, other.commit),
            words("reference", reference, other.reference),
            built == nil || other.built == nil || built == other.built ? nil : "another time of its build",
            changes.isEmpty || other.changes.isEmpty || changes == other.changes ? nil : "other changes",
        ].compactMap { $0 }
    }
}
