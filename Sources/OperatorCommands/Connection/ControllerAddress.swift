import Foundation
import Glibc
import HTTPCalls

/// Where the controller is, who asks, and whose certificates count.
struct ControllerAddress: Sendable {
    static let defaultURL = "http://127.0.0.1:7080"

    /// Without a slash at the end.
    let url: String
    let token: String
    let trust: HTTPCall.Trust

    /// - Throws: `CommandFailure` when the URL is none, when there is no token, or when it would travel in plain text.
    init(url: String, token: String, authorityFile: String?) throws {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            parts.scheme == "http" || parts.scheme == "https", parts.query == nil, parts.user == nil
        else {
            throw CommandFailure(
                .usage,
                "\"\(SafeText.line(url))\" is no controller's address",
                remedy: "give --url or WAVETRAIN_URL such as https://train.example.com:7080"
            )
        }
        guard parts.scheme == "https" || Loopback.contains(host) else {
            throw CommandFailure(
                "a token would travel to \(host) in plain text",
                remedy: "use https:// with --ca-file, or a tunnel to 127.0.0.1"
            )
        }
        self.url = url
        self.token = token
        if let authorityFile {
            guard access(authorityFile, R_OK) == 0 else {
                throw CommandFailure(
                    "cannot read \(authorityFile): \(String(cString: strerror(errno)))",
                    remedy: "--ca-file names the PEM file with the controller's authority"
                )
            }
            trust = .authorityFile(path: authorityFile)
        } else {
            trust = .system
        }
    }
}

/// Bearer tokens as operators keep them: in a file or in the environment, never among the arguments, which every user
/// of the machine can read.
enum OperatorToken {
    static func find(file: String?, environment: [String: String]) throws -> String {
        if let file { return try read(file) }
        if let token = environment["WAVETRAIN_TOKEN"], !token.isEmpty { return try check(token, "WAVETRAIN_TOKEN") }
        if let file = environment["WAVETRAIN_TOKEN_FILE"], !file.isEmpty { return try read(file) }
        throw CommandFailure(
            "there is no token to ask the controller with",
            remedy: "give --token-file, WAVETRAIN_TOKEN_FILE or WAVETRAIN_TOKEN"
        )
    }

    private static func read(_ file: String) throws -> String {
        guard access(file, R_OK) == 0 else {
            throw CommandFailure(
                "cannot read the token in \(file): \(String(cString: strerror(errno)))",
                remedy: "the file holds one line, the token"
            )
        }
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw CommandFailure(
                "cannot read the token in \(file): \(error.localizedDescription)",
                remedy: "the file holds one line, the token"
            )
        }
        return try check(text.trimmingCharacters(in: .whitespacesAndNewlines), file)
    }

    private static func check(_ token: String, _ place: String) throws -> String {
        guard token.hasPrefix("wt_"), token.utf8.count <= 256,
            token.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw CommandFailure("what \(place) holds is no operator's token", remedy: "a token is one word, wt_…")
        }
        return token
    }
}
