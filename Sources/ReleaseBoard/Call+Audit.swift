import StructuredText
import ControllerService
import HTTPTypes
import HummingbirdCore
import NIOCore

extension Call {
    /// Signing the log's head takes a log that works and the key: a controller that only listens fails here.
    static func health(_ call: Call) async throws -> Response {
        _ = try await call.controller.signedHead()
        return .json(.object(["status": "ok"]))
    }

    /// The whole log as it is now, in the format of `docs/audit.md`.
    static func exportAudit(_ call: Call) async throws -> Response {
        let controller = call.controller
        return .lines { writer in
            // The controller writes its lines one after another, and only while this closure waits for it.
            nonisolated(unsafe) var output = writer
            try await controller.exportAudit { lines in try await output.write(ByteBuffer(bytes: lines)) }
        }
    }

    /// The newest head in a DSSE envelope: JSON, on one line.
    static func signedHead(_ call: Call) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: try await call.controller.signedHead() + "\n"))
        )
    }
}
