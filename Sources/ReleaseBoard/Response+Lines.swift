import HTTPTypes
import HummingbirdCore

extension Response {
    /// Newline-delimited JSON, written as it comes. An error cuts the connection, so that nobody takes a part for all.
    static func lines(
        _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                try await write(&writer)
                try await writer.finish(nil)
            }
        )
    }
}
