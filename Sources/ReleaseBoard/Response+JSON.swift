import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import StructuredText

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(bytes: JSONText.write(value)), status: status)
    }

    /// A view, with sorted keys.
    static func json(_ view: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        json(try ViewCoding.encode(view), status: status)
    }

    private static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }
}

enum ViewCoding {
    static func encode(_ view: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ByteBuffer(bytes: try encoder.encode(view))
    }
}
