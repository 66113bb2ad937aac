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
        let text = String(
            decoding: try LocalFile.read(file, bytes_max: 4_096, remedy: "the file holds one line, the token"),
            as: UTF8.self
        )
        try requireOwn(file)
        return try check(text.trimmingCharacters(in: .whitespacesAndNewlines), file)
    }

    /// Whoever reads the token can act in its person's name.
    private static func requireOwn(_ file: String) throws {
        var status = stat()
        // 0; -1 with errno. What is no file of a disk, such as a pipe, is read by nobody else.
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else { return }
        throw CommandFailure("others may read the token in \(file)", remedy: "chmod 600 \(file)")
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
