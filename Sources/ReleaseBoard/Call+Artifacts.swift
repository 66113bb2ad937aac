import ControllerService
import HTTPTypes
import HummingbirdCore
import NIOCore
import StructuredText
import TrainModel

extension Call {
    static let bundle_bytes_max: UInt64 = 4 << 30

    static func listArtifacts(_ call: Call) async throws -> Response {
        try .json(["artifacts": await call.controller.artifacts()])
    }

    /// The body is the bundle, streamed to disk as it comes.
    static func pushArtifact(_ call: Call) async throws -> Response {
        let name: ArtifactName = try call.name("name", "artifact")
        guard let version = Version(call.parameter("version")) else {
            throw APIError.malformed("\(Problem.quote(call.parameter("version"))) is no version", remedy: Version.rule)
        }
        let announced = HTTPField.Name("Wavetrain-Digest").flatMap { call.request.headers[$0] }
        guard let digest = announced.flatMap({ Digest(hex: $0) }) else {
            throw APIError.malformed(
                "the header Wavetrain-Digest must hold the bundle's SHA-256 in 64 lower-case hexadecimal digits"
            )
        }
        guard let length_bytes = call.request.headers[.contentLength].flatMap({ UInt64($0) }) else {
            throw APIError(
                .lengthRequired,
                "length_required",
                "the header Content-Length must announce the bundle's length",
                remedy: "send the bundle whole, not in chunks"
            )
        }
        guard length_bytes <= bundle_bytes_max else { throw APIError.tooLarge(bytes_max: Int(bundle_bytes_max)) }
        let result = try await call.controller.pushBundle(
            name: name,
            version: version,
            expected: digest,
            length_bytes: length_bytes,
            chunks: call.pacedBody,
            by: call.actor()
        )
        return answer(try result.get())
    }
}
