import CSpawn
import Glibc

/// A process that has been started, in a session and process group of its own.
struct Spawned: ~Copyable {
    /// Also of its group; nobody else's until it is reaped.
    let pid: pid_t
    /// Readable as soon as the program has ended.
    let ended: Int32

    init(_ program: Program, output: Int32, errors: Int32) throws(SystemRefusal) {
        let path = Self.path(of: program.command[0])
        let environment = program.environment.map { "\($0)=\($1)" }
        var (pid, ended) = (pid_t(), Int32(-1))
        let status = withStrings([path, program.folder]) { texts in
            withStrings(program.command) { arguments in
                withStrings(environment) { environment in
                    guard let path = texts[0], let folder = texts[1] else { return ENOMEM }
                    var start = cspawn_program(
                        path: path,
                        arguments: arguments,
                        environment: environment,
                        folder: folder,
                        output: output,
                        errors: errors,
                        changes_user: false,
                        user: 0,
                        group: 0,
                        groups: nil,
                        groups_count: 0
                    )
                    // 0, or an error number; then no process is left.
                    return cspawn_start(&start, &pid, &ended)
                }
            }
        }
        guard status == 0 else { throw SystemRefusal(status) }
        self.pid = pid
        self.ended = ended
    }

    deinit { _ = close(ended) }

    private static func path(of program: String) -> String {
        if program.contains("/") { return program }
        let candidates = Program.searchPath.split(separator: ":").map { "\($0)/\(program)" }
        return candidates.first { access($0, X_OK) == 0 } ?? program
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
