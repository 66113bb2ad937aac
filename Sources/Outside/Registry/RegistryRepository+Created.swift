import HTTPCalls
import StructuredText
import TimeAndChance
import TrainModel

/// When images were built, which no list of tags says: it stands in the configuration that a manifest names.
extension RegistryRepository {
    /// Nil where the image does not say it, or is no image.
    func created(_ digest: Digest, by deadline: Deadline) async throws(OutsideFailure) -> Instant? {
        guard var manifest = try await document("manifests", digest, accept: Self.manifests, by: deadline) else {
            return nil
        }
        // Images of several machines are built together; any one tells.
        if let first = Self.digest(at: "manifests.0.digest", in: manifest) {
            guard let image = try await document("manifests", first, accept: Self.manifests, by: deadline) else {
                return nil
            }
            manifest = image
        }
        guard let config = Self.digest(at: "config.digest", in: manifest),
            let document = try await document("blobs", config, accept: "*/*", by: deadline)
        else { return nil }
        return document.at("created")?.scalar.flatMap { Instant(rfc3339: $0.text) }
    }

    /// Nil where the registry keeps it elsewhere or what it has is no JSON.
    private func document(
        _ kind: String,
        _ digest: Digest,
        accept: String,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> Node? {
        let response = try await ask("\(kind)/sha256:\(digest.hex)", accept: accept, by: deadline)
        guard response.isSuccess else { return nil }
        return JSONText.read(response.body, file: reference, ProblemCollector())
    }

    private static func digest(at path: String, in document: Node) -> Digest? {
        guard let text = document.at(path)?.scalar?.text, text.hasPrefix("sha256:") else { return nil }
        return Digest(hex: text.dropFirst("sha256:".count))
    }
}
