import Foundation
import TestSupport
import Testing

/// What `curl` got: the peer that nobody here wrote.
struct Answer: Sendable {
    let status: Int
    let head: String
    let body: String

    /// The last line, or the whole body, as JSON.
    func json() throws -> [String: Any] {
        let line = body.split(separator: "\n").last.map(String.init) ?? ""
        return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    func errorCode() throws -> String? {
        (try json()["error"] as? [String: Any])?["code"] as? String
    }
}

extension Board {
    func get(_ path: String, as name: String? = nil) async throws -> Answer {
        try await curl(path, as: name, [])
    }

    func post(_ path: String, _ body: String, as name: String? = nil) async throws -> Answer {
        try await curl(path, as: name, ["--data-binary", body])
    }

    /// - Parameter onLine: called when the first line of JSON has come.
    func curl(
        _ path: String,
        as name: String? = nil,
        _ arguments: [String],
        onLine: @escaping @Sendable () -> Void = {}
    ) async throws -> Answer {
        let token = name.map { ["-H", "Authorization: Bearer \(tokens[$0] ?? $0)"] } ?? []
        let output = try await Curl.run(
            ["-sS", "-i", "--max-time", "60", "--noproxy", "*", "--cacert", authorityFile] + token + arguments
                + [url + path],
            onLine: onLine
        )
        return try Curl.answer(output)
    }
}

enum Curl {
    /// On a thread of its own, so that waiting for the process keeps nobody else from running.
    static func run(_ arguments: [String], onLine: @escaping @Sendable () -> Void) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try runNow(arguments, onLine) })
            }
        }
    }

    private static func runNow(_ arguments: [String], _ onLine: () -> Void) throws -> String {
        let process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["curl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var bytes = Data()
        while case let piece = output.fileHandleForReading.availableData, !piece.isEmpty {
            bytes += piece
            if bytes.range(of: Data("\n{".utf8)) != nil { onLine() }
        }
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The last head and what follows it; heads with status 100 come before.
    static func answer(_ output: String) throws -> Answer {
        var rest = output[...]
        while true {
            let end = try #require(rest.range(of: "\r\n\r\n"), "no answer: \(output)")
            let head = String(rest[..<end.lowerBound])
            let status = try #require(head.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix(3)) })
            rest = rest[end.upperBound...]
            if status >= 200 { return Answer(status: status, head: head, body: String(rest)) }
        }
    }
}
