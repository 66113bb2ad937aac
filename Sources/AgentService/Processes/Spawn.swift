import CSpawn
import Glibc

/// A program that has been started, in a session and process group of its own.
struct StartedProgram: ~Copyable {
    /// Also of its group and session; nobody else's until it is reaped.
    let pid: pid_t
    /// Readable as soon as the program has ended.
    let ended: Int32

    /// A child of another thread has the files of this process open until it has become a program of its own. One that
    /// was just written is busy for so long; nobody tells when that is over.
    private static let busyTries_max = 200
    private static let busyPause_ms: Int32 = 5

    /// Starts the program with `NAME=value` as its whole environment, no input, both outputs on one descriptor, and no
    /// other one. The kernel kills it when the calling thread ends.
    ///
    /// - Parameters:
    ///   - command: a program with a slash is meant relative to `folder`; one without is looked for in `searchPath`.
    ///   - account: nil: the agent's own.
    init(
        _ command: [String],
        environment: [String],
        folder: String,
        account: Account? = nil,
        output: Int32
    ) throws(AgentError) {
        let path = Self.path(of: command[0])
        var start = Start(environment: environment, folder: folder, account: account, output: output)
        var status = start.run(path, command)
        for _ in 0..<Self.busyTries_max where status == ETXTBSY {
            _ = poll(nil, 0, Self.busyPause_ms)
            status = start.run(path, command)
        }
        // A script that does not say whose it is, is the shell's, as everywhere.
        if status == ENOEXEC { status = start.run("/bin/sh", ["/bin/sh", path] + command.dropFirst()) }
        guard status == 0 else { throw Self.failure(status, path) }
        pid = start.pid
        ended = start.ended
    }

    deinit { _ = close(ended) }

    private static func path(of program: String) -> String {
        program.contains("/") ? program : ProgramSearch.find(program, variables: [:]) ?? program
    }

    private static func failure(_ number: Int32, _ path: String) -> AgentError {
        let reason = String(cString: strerror(number))
        let remedy = "look whether it and the interpreter in its first line are there, and may be run by its user"
        return AgentError(.processFailed, at: path, "it cannot be started: \(reason)", remedy: remedy)
    }
}

/// What several tries to start a program have in common, and what the one that worked gave.
private struct Start {
    let environment: [String]
    let folder: String
    let account: Account?
    let output: Int32
    private(set) var pid = pid_t()
    private(set) var ended: Int32 = -1

    init(environment: [String], folder: String, account: Account?, output: Int32) {
        self.environment = environment
        self.folder = folder
        self.account = account
        self.output = output
    }

    /// 0, or an error number.
    mutating func run(_ path: String, _ command: [String]) -> Int32 {
        let groups = account?.groups ?? []
        return withStrings([path, folder]) { texts in
            withStrings(command) { arguments in
                withStrings(environment) { environment in
                    groups.withUnsafeBufferPointer { groups in
                        guard let path = texts[0], let folder = texts[1] else { return ENOMEM }
                        var program = cspawn_program(
                            path: path,
                            arguments: arguments,
                            environment: environment,
                            folder: folder,
                            output: output,
                            errors: output,
                            changes_user: account != nil,
                            user: account?.uid ?? 0,
                            group: account?.gid ?? 0,
                            groups: groups.baseAddress,
                            groups_count: groups.count
                        )
                        return cspawn_start(&program, &pid, &ended)
                    }
                }
            }
        }
    }
}

private func withStrings<Result>(
    _ strings: [String],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}
