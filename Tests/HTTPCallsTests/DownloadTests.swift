import Foundation
import HTTPCalls
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct DownloadTests {
    let client = HTTPClient()

    @Test func `a download appears whole and replaces what was there`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("file", Array("old".utf8))
        let body = String(repeating: "0123456789", count: 100_000)
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.respond(body: body) }
        }
        let response = try await client.download(.direct("GET", server.url()), to: folder.path("file"))
        #expect(response.isSuccess)
        #expect(text(try folder.read("file")) == body)
        #expect(try folder.names() == ["file"])
    }

    @Test func `a download that breaks off leaves what was there`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("file", Array("old".utf8))
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nnew") }
        }
        let error = await failure {
            _ = try await client.download(.direct("GET", server.url()), to: folder.path("file"))
        }
        #expect(error?.code == .closedEarly)
        #expect(text(try folder.read("file")) == "old")
        #expect(try folder.names() == ["file"])
    }

    @Test func `an answer that is no success is returned and not saved`() async throws {
        let folder = try TemporaryFolder()
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.respond("404 Not Found", body: "none") }
        }
        let response = try await client.download(.direct("GET", server.url()), to: folder.path("file"))
        #expect(response.status == 404)
        #expect(text(response.body) == "none")
        #expect(try folder.names().isEmpty)
    }

    @Test func `a place that cannot be written to is named`() async throws {
        let folder = try TemporaryFolder()
        let server = try TinyServer { if $0.request() != nil { $0.respond(body: "x") } }
        let path = folder.path("no/such/folder")
        let error = await failure { _ = try await client.download(.direct("GET", server.url()), to: path) }
        #expect(error?.code == .localFile)
        #expect(error?.reason.contains(path) == true)
    }

    @Test func `a disk that is full is told as such`() async throws {
        let folder = try TemporaryFolder()
        let server = try TinyServer { if $0.request() != nil { $0.respond(body: "x") } }
        // The sink that a download uses, with a device that takes nothing.
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let error = await failure {
            _ = try await client.response(to: .direct("GET", server.url())) { try full.write(contentsOf: Data($0)) }
        }
        #expect(error?.code == .abandoned)
        #expect(try folder.names().isEmpty)
    }
}
