import HTTPCalls
import Programs
import StructuredText

/// git, run with nothing but what it is told here: no configuration of a user, no prompt, no colours, no helpers.
struct Git: Sendable {
    static let outputBytes_max = 16 << 20
    /// Of a title or an author, in columns as git counts them.
    static let columns_max = 250

    private let repository: WatchedRepository
    private let environment: [String: String]
    private let deadline: Deadline

    init(_ repository: WatchedRepository, _ credentials: Credentials, _ deadline: Deadline) throws(OutsideFailure) {
        self.repository = repository
        self.deadline = deadline
        // As if given on the command line, and seen by nobody who lists processes.
        var settings = [("safe.directory", repository.path), ("log.showSignature", "false"), ("gc.auto", "0")]
        // What is no web address, such as ssh, takes no header; what is none at all was refused with the configuration.
        if let url = repository.url, let address = try? HTTPAddress(url) {
            if let header = try credentials.header(for: address) {
                settings.append(("http.\(address.origin)/.extraHeader", "\(header.name): \(header.value)"))
            }
            settings.append(("http.followRedirects", "false"))
        }
        var environment = [
            "PATH": Program.searchPath, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "GIT_CONFIG_COUNT": "\(settings.count)",
        ]
        for (index, (key, value)) in settings.enumerated() {
            environment["GIT_CONFIG_KEY_\(index)"] = key
            environment["GIT_CONFIG_VALUE_\(index)"] = value
        }
        self.environment = environment
    }

    /// A branch's name that git cannot take for an option, a range or a path.
    static func isBranch(_ text: String) -> Bool {
        let isSound = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "._/-+".utf8.contains(byte)
        }
        return isSound && (1...200).contains(text.utf8.count) && !text.contains("..") && !text.contains("//")
            && !text.hasPrefix("-") && !text.hasPrefix("/") && !text.hasSuffix("/") && !text.hasSuffix(".lock")
    }

    /// All of an id: SHA-1 or SHA-256.
    static func isCommit(_ text: some StringProtocol) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    // MARK: - Questions

    /// Brings the branch here as it is there, also where it was rewritten. A mirror that is not there yet is made.
    func update(_ branch: String, from url: String) async throws(OutsideFailure) {
        if !(try await run(["rev-parse", "--git-dir"])).hasPassed {
            _ = try await output(["init", "--quiet", "--bare", "--", repository.path], isInside: false)
        }
        let reference = "+refs/heads/\(branch):refs/heads/\(branch)"
        _ = try await output(
            [
                "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--update-head-ok", "--end-of-options", url,
                reference,
            ]
        )
    }

    /// The branch's newest commit.
    func commit(of branch: String) async throws(OutsideFailure) -> String {
        let result = try await run(["rev-parse", "--verify", "--quiet", "refs/heads/\(branch)^{commit}"])
        let text = String(decoding: result.output, as: UTF8.self).trimmingBlanks
        guard result.hasPassed, Self.isCommit(text) else {
            throw OutsideFailure(
                .refused,
                "\(repository.path) has no branch \(branch)",
                remedy: "check the branch's name in the plan, and that the controller's user may read the repository"
            )
        }
        return text
    }

    /// Commit, author and title of each change, newest first, with a NUL behind each: no commit can hold one.
    func log(
        from since: String,
        to commit: String,
        count_max: Int,
        isFirstParentOnly: Bool
    ) async throws(OutsideFailure) -> [UInt8] {
        let columns = Self.columns_max
        var arguments = [
            "log", "-z", "--no-color", "--no-decorate", "--no-show-signature", "--no-patch", "--no-notes",
            "--encoding=UTF-8", "--max-count=\(count_max)",
            "--format=tformat:%H%x00%<(\(columns),trunc)%an%x00%<(\(columns),trunc)%s",
        ]
        if isFirstParentOnly { arguments.append("--first-parent") }
        arguments += ["--end-of-options", since.isEmpty ? commit : "\(since)..\(commit)", "--"]
        return try await output(arguments)
    }

    // MARK: - Running

    private func output(_ arguments: [String], isInside: Bool = true) async throws(OutsideFailure) -> [UInt8] {
        let result = try await run(arguments, isInside: isInside)
        guard let failure = result.failure(of: program(arguments, 1)) else { return result.output }
        throw OutsideFailure(
            result.end == .timedOut ? .timedOut : .programFailed,
            "git \(arguments[0]) in \(repository.path): \(Problem.quote(failure))",
            remedy: "run it there by hand as the controller's user"
        )
    }

    private func run(_ arguments: [String], isInside: Bool = true) async throws(OutsideFailure) -> ProgramResult {
        let timeout_ms = try deadline.rest(for: "git")
        let place = isInside ? ["-C", repository.path] : []
        return await program(place + arguments, timeout_ms).run()
    }

    private func program(_ arguments: [String], _ timeout_ms: Int) -> Program {
        Program(
            ["git"] + arguments,
            environment: environment,
            timeout_ms: timeout_ms,
            outputBytes_max: Self.outputBytes_max
        )
    }
}
