import TrainModel

/// What human decisions are bound to.
extension Train {
    /// SHA-256 over one line for the plan and one for each service, sorted by name:
    /// `wavetrain.release.v1`, `plan <digest>`, `<service> <artifact> <version> <digest>`.
    func releaseDigest(of plan: Digest, _ artifacts: [ServiceName: Artifact]) -> Digest {
        var lines = ["wavetrain.release.v1", "plan \(plan)"]
        for (service, artifact) in artifacts.sorted(by: { $0.key < $1.key }) {
            lines.append("\(service) \(artifact.name) \(artifact.version) \(artifact.digest)")
        }
        return digest(of: lines)
    }

    func digest(of lines: [String]) -> Digest {
        digest(lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] })
    }
}
