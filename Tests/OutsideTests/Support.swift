import Foundation
import Glibc
import HTTPCalls
import Outside
import StructuredText
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

/// Requests and the answers to them, over a real socket.
final class Peer: Sendable {
    struct Answer: Sendable {
        var status = "200 OK"
        var headers: [String] = []
        var body = ""
    }

    let server: TinyServer
    private let heard: Requests

    private final class Requests: Sendable {
        let all = Mutex<[TinyRequest]>([])
    }

    /// - Parameter answer: gets `GET /path?query` and the headers' lines.
    init(_ answer: @escaping @Sendable (_ line: String, _ headers: [String]) -> Answer) throws {
        let heard = Requests()
        self.heard = heard
        server = try TinyServer { connection in
            while let request = connection.request() {
                heard.all.withLock { $0.append(request) }
                let line = request.line.replacingOccurrences(of: " HTTP/1.1", with: "")
                let answer = answer(line, request.headers)
                let lines = answer.headers.map { "\($0)\r\n" }.joined()
                let length = line.hasPrefix("HEAD") ? 0 : answer.body.utf8.count
                connection.send(
                    "HTTP/1.1 \(answer.status)\r\nContent-Length: \(length)\r\n\(lines)\r\n"
                        + (line.hasPrefix("HEAD") ? "" : answer.body)
                )
            }
        }
    }

    convenience init(_ body: String, status: String = "200 OK", headers: [String] = []) throws {
        try self.init { _, _ in Answer(status: status, headers: headers, body: body) }
    }

    var origin: String { "http://127.0.0.1:\(server.port)" }
    var authority: String { "127.0.0.1:\(server.port)" }
    var requests: [TinyRequest] { heard.all.withLock { $0 } }
}

extension TinyRequest {
    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }.map {
            String($0.dropFirst(name.count + 2))
        }
    }
}

/// A folder of its own for each test, removed with all in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "outside-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) stays: \(error)") }
    }

    /// A file that its owner alone may use.
    func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// The part of a controller's configuration that speaks of the outside.
func configuration(_ yaml: String) throws -> OutsideConfiguration {
    try YAMLText.decode(Array(yaml.utf8), file: "controller.yaml") { OutsideConfiguration($0) }
}

func prober(_ configuration: OutsideConfiguration = OutsideConfiguration()) -> Prober {
    Prober(configuration, http: HTTPClient())
}

extension Prober {
    func ask(_ url: String, field: String = "", within: Interval = .seconds(20)) async -> ProbeAnswer {
        await answer(to: .http(url: url), field: field, within: within)
    }
}

func reasonWhy<Value>(_ result: Result<Value, OutsideFailure>) -> OutsideFailure? {
    if case .failure(let failure) = result { failure } else { nil }
}
