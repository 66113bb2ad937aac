import ControllerService
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
        try json(written: ViewCoding.encode(view), status: status)
    }

    /// A view that has been written already.
    static func json(written bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        json(ByteBuffer(bytes: bytes), status: status)
    }

    private static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }
}
