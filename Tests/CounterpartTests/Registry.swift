import Cryptography
import HTTPCalls
import Testing
import TrainModel

/// Debian's docker-registry, and whoever pushes to it.
struct Registry {
    private let server: Counterpart
    private let http = HTTPClient()

    var origin: String { server.origin }
    var authority: String { server.authority }

    /// - Parameter access: more of its configuration, such as who may read.
    init(access: String = "") throws {
        let folder = try Scratch()
        let settings = try folder.write(
            "registry.yml",
            """
            version: 0.1
            log: { level: info }
            storage: { filesystem: { rootdirectory: \(folder.path)/data } }
            http: { addr: '127.0.0.1:0' }
            \(access)
            """
        )
        server = try Counterpart(
            "docker-registry",
            ["serve", settings],
            in: folder,
            listensWith: "listening on 127.0.0.1:",
            package: PythonPrograms.package
        )
    }

    /// What a build pushes: a configuration, no layers, a manifest under a tag. Returns the manifest's digest.
    ///
    /// - Parameter created: when the image was built, as its configuration says it; empty: it says nothing.
    @discardableResult
    func push(
        _ tag: String,
        to repository: String = "team/web",
        made: String? = nil,
        created: String = "",
        as headers: [HTTPHeader] = []
    ) async throws -> Digest {
        let when = created.isEmpty ? "" : #","created":"\#(created)""#
        let config = Array(#"{"architecture":"amd64","os":"linux","made":"\#(made ?? tag)"\#(when)}"#.utf8)
        let digest = SHA256.digest(of: config)
        let base = "\(origin)/v2/\(repository)"
        let begun = try await send("POST", "\(base)/blobs/uploads/", headers)
        let location = try #require(begun.head["Location"])
        let address = (location.hasPrefix("/") ? origin : "") + location
        let blob = "\(address)\(address.contains("?") ? "&" : "?")digest=sha256:\(digest.hex)"
        _ = try await send("PUT", blob, headers + [HTTPHeader("Content-Type", "application/octet-stream")], config)
        let type = "application/vnd.oci.image.manifest.v1+json"
        let manifest = Array(
            """
            {"schemaVersion":2,"mediaType":"\(type)","layers":[],"config":{"mediaType":\
            "application/vnd.oci.image.config.v1+json","size":\(config.count),"digest":"sha256:\(digest.hex)"}}
            """.utf8
        )
        _ = try await send("PUT", "\(base)/manifests/\(tag)", headers + [HTTPHeader("Content-Type", type)], manifest)
        return SHA256.digest(of: manifest)
    }

    private func send(_ method: String, _ url: String, _ headers: [HTTPHeader], _ body: [UInt8] = []) async throws
        -> HTTPResponse
    {
        let response = try await http.response(
            to: HTTPCall(method, url: url, headers: headers, body: .bytes(body), proxy: .none)
        )
        try #require(
            response.isSuccess,
            "\(method) \(url): \(response.status) \(String(decoding: response.body, as: UTF8.self))"
        )
        return response
    }
}
