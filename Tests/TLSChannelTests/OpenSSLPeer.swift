import Foundation
import Glibc
import Synchronization
import TestSupport

/// What a command has printed so far.
private final class Transcript: Sendable {
    private struct State {
        var output = ""
        var hasEnded = false

        /// The answer for who waits for `text`; nil as long as there is none.
        func answer(for text: String) -> Result<String, any Error>? {
            if output.contains(text) { return .success(output) }
            return hasEnded ? .failure(OpenSSLPeer.Ended(description: "no '\(text)' in:\n\(output)")) : nil
        }
    }

    private let state = Mutex(State())

    /// No bytes mean the end.
    func take(_ bytes: Data) {
        state.withLock { state in
            state.output += String(decoding: bytes, as: UTF8.self)
            state.hasEnded = state.hasEnded || bytes.isEmpty
        }
    }

    func output(containing text: String) async throws -> String {
        while true {
            if let answer = state.withLock({ $0.answer(for: text) }) { return try answer.get() }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// The openssl command as the other side: `s_client` or `s_server` in a process of its own.
final class OpenSSLPeer: Sendable {
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    private let process = ForeignProcess()
    private let input = Pipe()
    private let transcript = Transcript()
    private let end: AsyncStream<Int32>

    /// - Parameters:
    ///   - inputFile: what the command reads; without it, what ``send(_:)`` gives.
    ///   - outputFile: where its standard output goes; without it, to ``output(containing:)`` like the errors.
    init(_ arguments: [String], inputFile: String? = nil, outputFile: String? = nil) throws {
        let (end, ended) = AsyncStream<Int32>.makeStream()
        self.end = end
        // On a pipe openssl would keep its lines to itself until it ends.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/stdbuf")
        process.arguments = ["--output=L", "/usr/bin/openssl"] + arguments
        process.standardInput = try inputFile.map { try FileHandle(forReadingFrom: URL(fileURLWithPath: $0)) } ?? input
        let output = Pipe()
        process.standardError = output
        process.standardOutput =
            try outputFile.map { path in
                try Data().write(to: URL(fileURLWithPath: path))
                return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            } ?? output
        process.terminationHandler = {
            ended.yield($0.terminationStatus)
            ended.finish()
        }
        output.fileHandleForReading.readabilityHandler = { [transcript] handle in
            let bytes = handle.availableData
            if bytes.isEmpty { handle.readabilityHandler = nil }
            transcript.take(bytes)
        }
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    func send(_ text: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    func closeInput() throws {
        try input.fileHandleForWriting.close()
    }

    func kill() {
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
    }

    /// All output so far, once it contains `text`; throws when the command ends without it.
    @discardableResult
    func output(containing text: String) async throws -> String {
        try await transcript.output(containing: text)
    }

    /// Waits for the command's end.
    func exitStatus() async -> Int32 {
        for await status in end { return status }
        return -1
    }
}

extension OpenSSLPeer {
    /// `openssl s_client` towards a port of this machine.
    static func client(
        port: Int,
        certificate: String? = "client",
        alpn: String? = "wavetrain/1",
        _ more: [String] = [],
        inputFile: String? = nil,
        outputFile: String? = nil
    ) throws -> OpenSSLPeer {
        let certificates = Certificates.shared
        var arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", certificates.path("root")]
        if let certificate {
            arguments += ["-cert", certificates.path(certificate), "-key", certificates.path(certificate, "key")]
            arguments += ["-cert_chain", certificates.path(certificate)]
        }
        if let alpn { arguments += ["-alpn", alpn] }
        return try OpenSSLPeer(arguments + more, inputFile: inputFile, outputFile: outputFile)
    }

    /// `openssl s_server` for one connection on a port that the kernel chooses.
    static func server(
        certificate: String = "server",
        alpn: String? = "wavetrain/1",
        _ more: [String] = []
    ) async throws -> (peer: OpenSSLPeer, port: Int) {
        let certificates = Certificates.shared
        var arguments = ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-CAfile", certificates.path("root")]
        arguments += ["-Verify", "3", "-verify_return_error"]
        arguments += ["-cert", certificates.path(certificate), "-key", certificates.path(certificate, "key")]
        if let alpn { arguments += ["-alpn", alpn] }
        let peer = try OpenSSLPeer(arguments + more)
        let prefix = "ACCEPT 127.0.0.1:"
        var port: Int?
        while port == nil {
            let output = try await peer.output(containing: prefix)
            guard let start = output.range(of: prefix)?.upperBound else { continue }
            let digits = output[start...].prefix { $0.isNumber }
            // The number may have arrived in part; the line's end says that it is whole.
            guard output[digits.endIndex...].first?.isNewline == true else {
                try await Task.sleep(for: .milliseconds(2))
                continue
            }
            port = Int(digits)
        }
        return (peer, port ?? 0)
    }
}
