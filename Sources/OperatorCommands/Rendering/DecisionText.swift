import TrainModel

/// What a person is about to decide on.
enum DecisionText {
    static func lines(_ release: ReleaseView, subjects: [String], digest: Digest) -> [String] {
        let what = subjects.isEmpty ? "" : "   \(subjects.joined(separator: ", "))"
        var table = Table(indent: 2)
        table.add("plan", release.plan.text, release.planDigest.prefix)
        for (service, artifact) in release.artifacts.sorted(by: { $0.key < $1.key }) {
            table.add(service.text, "\(artifact)", artifact.digest.prefix)
        }
        table.add("bound to", digest.hex)
        return ["\(release.id)\(what)"] + table.lines
    }
}
