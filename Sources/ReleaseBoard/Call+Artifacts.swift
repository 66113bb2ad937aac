import ControllerService
import HTTPTypes
import HummingbirdCore
import NIOCore
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

extension Call {
    static let bundle_bytes_max: UInt64 = 4 << 30
    /// 2,000 changes, each as long as it may be.
    static let sourceBody_bytes_max = 4 << 20

    /// Oldest first; of where each comes from, all but its changes.
    static func listArtifacts(_ call: Call) async throws -> Response {
        let (records, fates) = (try await call.controller.artifacts(), try await call.controller.bundleFates())
        return try .json([
            "artifacts": records.map { record in
                var source = record.source
                source.changes = []
                return ListedArtifact(
                    artifact: record.artifact,
                    source: source,
                    by: record.by,
                    at: record.at,
                    bundle: fates[record.artifact.digest].map { ListedBundle($0) }
                )
            }
        ])
    }

    /// For `Wavetrain-Source` of a push.
    static func keepSource(_ call: Call) async throws -> Response {
        let source = try await call.body(bytes_max: sourceBody_bytes_max) { ArtifactSource($0) }
        let digest = try await call.controller.keep(source)
        return .json(.object(["source": .string(digest.hex)]), status: .created)
    }

    /// What a push of these bytes can leave out.
    static func showUpload(_ call: Call) async throws -> Response {
        guard let digest = Digest(hex: call.parameter("digest")) else {
            throw APIError.malformed("a bundle is named by its SHA-256 in 64 lower-case hexadecimal digits")
        }
        let stored_bytes = try await call.controller.stored_bytes(of: digest)
        return .json(.object(["stored_bytes": .integer(Int64(clamping: stored_bytes))]))
    }

    /// The body is the bundle, or its rest from `Wavetrain-Offset` on, streamed to disk as it comes.
    static func pushArtifact(_ call: Call) async throws -> Response {
        let (name, version) = try call.nameAndVersion()
        guard let digest = try call.digest(inHeader: "Wavetrain-Digest") else {
            throw APIError.malformed(
                "the header Wavetrain-Digest must hold the bundle's SHA-256 in 64 lower-case hexadecimal digits"
            )
        }
        let offset_bytes = try call.offset_bytes()
        guard let rest_bytes = call.request.headers[.contentLength].flatMap({ UInt64($0) }) else {
            throw APIError(
                .lengthRequired,
                "length_required",
                "the header Content-Length must announce the bundle's length",
                remedy: "send the bundle whole, not in chunks"
            )
        }
        let (length_bytes, isTooLong) = offset_bytes.addingReportingOverflow(rest_bytes)
        guard !isTooLong, length_bytes <= bundle_bytes_max else {
            throw APIError.tooLarge(bytes_max: Int(bundle_bytes_max))
        }
        let result = try await call.controller.pushBundle(
            name: name,
            version: version,
            expected: digest,
            length_bytes: length_bytes,
            offset_bytes: offset_bytes,
            source: call.source(),
            chunks: call.pacedBody,
            by: call.actor()
        )
        return answer(try result.get())
    }

    /// An artifact that a recipe brings by its reference; Wavetrain carries no bytes of it.
    static func registerArtifact(_ call: Call) async throws -> Response {
        let (name, version) = try call.nameAndVersion()
        let wish = try await call.body(bytes_max: sourceBody_bytes_max) { ReferenceWish($0) }
        guard !wish.source.reference.isEmpty else {
            throw APIError.malformed("\"reference\" says where a recipe finds it, and is empty")
        }
        let artifact = Artifact(name: name, version: version, digest: wish.digest, length_bytes: 0)
        return try await call.perform(.pushArtifact(artifact, wish.source))
    }

    // MARK: - What they share

    private func nameAndVersion() throws -> (ArtifactName, Version) {
        let name: ArtifactName = try name("name", "artifact")
        guard let version = Version(parameter("version")) else {
            throw APIError.malformed("\(Problem.quote(parameter("version"))) is no version", remedy: Version.rule)
        }
        return (name, version)
    }

    private func digest(inHeader name: String) throws(APIError) -> Digest? {
        guard let text = HTTPField.Name(name).flatMap({ request.headers[$0] }) else { return nil }
        guard let digest = Digest(hex: text) else {
            throw .malformed("the header \(name) must hold 64 lower-case hexadecimal digits")
        }
        return digest
    }

    private func offset_bytes() throws(APIError) -> UInt64 {
        guard let text = HTTPField.Name("Wavetrain-Offset").flatMap({ request.headers[$0] }) else { return 0 }
        // UInt64 takes a sign.
        guard let offset_bytes = UInt64(text), text.allSatisfy(\.isNumber) else {
            throw .malformed("the header Wavetrain-Offset must hold the number of the first byte that is sent")
        }
        return offset_bytes
    }

    private func source() async throws -> ArtifactSource {
        guard let digest = try digest(inHeader: "Wavetrain-Source") else { return ArtifactSource() }
        guard let source = try await controller.source(digest) else {
            throw APIError.malformed(
                "the header Wavetrain-Source names \(digest.prefix), which is not kept here",
                remedy: "send the source to /v1/sources first"
            )
        }
        return source
    }
}

private struct ListedArtifact: Encodable {
    let artifact: Artifact
    let source: ArtifactSource
    let by: PersonName
    let at: Instant
    /// Nil: a recipe brings it.
    let bundle: ListedBundle?
}

/// `here`: its bytes are; `needed`: what for, where anything needs them.
private struct ListedBundle: Encodable {
    let here: Bool
    let needed: String?

    init(_ fate: BundleFate) {
        here = fate != .removed
        needed = if case .needed(let reason) = fate { reason.description } else { nil }
    }
}

/// `{"digest", "reference"}` and a source.
private struct ReferenceWish {
    let digest: Digest
    let source: ArtifactSource

    init?(_ fields: Fields) {
        let digest: Digest? = fields.required("digest", .digest)
        let reference = fields.required("reference", .words(bytes_max: 512))
        guard var source = ArtifactSource(fields), let digest, let reference else { return nil }
        source.reference = reference
        (self.digest, self.source) = (digest, source)
    }
}

extension ArtifactSource {
    private static let changes_max = 2_000

    /// `{"branch", "commit", "built", "changes": [{"id", "author", "title", "ticket"}]}`
    fileprivate init?(_ fields: Fields) {
        self.init()
        branch = fields.value("branch", .words(bytes_max: 256), default: "")
        commit = fields.value("commit", .words(bytes_max: 128), default: "")
        built = fields.optional("built", .instant)
        changes = fields.value("changes", .list(of: .change, count: 0...Self.changes_max), default: [])
    }
}

extension Shape where Value == Change {
    fileprivate static var change: Shape {
        .mapping { fields in
            let id = fields.required("id", .words(bytes_max: 128))
            let author = fields.value("author", .words(bytes_max: 128), default: "")
            let title = fields.value("title", .words(bytes_max: 512), default: "")
            let ticket = fields.value("ticket", .words(bytes_max: 64), default: "")
            return id.map { Change(id: $0, author: author, title: title, ticket: ticket) }
        }
    }
}
