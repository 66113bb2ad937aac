import EventStore
import Foundation
import ReleaseDecisions
import StructuredText
import TrainModel

/// Where artifacts come from. A push names what was said before by its digest: branch, commit and changes are too much
/// for a header and do not belong into the bundle.
extension Controller {
    /// Keeps it as a document; the same source has one digest.
    public func keep(_ source: ArtifactSource) async throws -> Digest {
        try await store.putDocument(ViewCoding.encode(source))
    }

    /// Nil: nothing is kept under this digest, or no source.
    public func source(_ digest: Digest) async throws -> ArtifactSource? {
        guard let bytes = try await store.document(digest) else { return nil }
        do {
            return try JSONDecoder().decode(ArtifactSource.self, from: Data(bytes))
        } catch is DecodingError {
            return nil
        }
    }
}
