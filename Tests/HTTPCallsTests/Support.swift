import Foundation
import HTTPCalls
import Testing

/// The error that `body` throws; it throws no others.
func failure(of body: () async throws -> Void) async -> HTTPCallError? {
    do {
        try await body()
        return nil
    } catch let error as HTTPCallError {
        return error
    } catch {
        Issue.record(error)
        return nil
    }
}

/// A folder of its own for each test, removed with all in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "http-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(_ name: String) -> String { "\(path)/\(name)" }
    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }
    func read(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path(name)))) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

extension HTTPCall {
    /// Without the proxies of whoever runs the tests.
    static func direct(
        _ method: String = "GET",
        _ url: String,
        headers: [HTTPHeader] = [],
        body: Body = .none,
        limits: HTTPLimits = HTTPLimits(),
        trust: Trust = .system,
        redirects_max: Int = 0
    ) -> HTTPCall {
        HTTPCall(
            method,
            url: url,
            headers: headers,
            body: body,
            limits: limits,
            trust: trust,
            proxy: .none,
            redirects_max: redirects_max
        )
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
