import FoundationEssentials
import Glibc

/// posix_spawn with everything set that a program must not inherit.
enum Spawn {
    /// POSIX_SPAWN_SETSID of glibc and musl, which Swift's import of spawn.h leaves out.
    private static let setsid: Int16 = 0x80

    /// Starts the program, with `NAME=value` as its whole environment, in a new session with no input, both outputs on one descriptor, and no other one.
    static func start(_ command: [String], environment: [String], output: Int32) throws(AgentError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        prepare(&actions, output)
        prepare(&attributes)
        var pid = pid_t()
        // 0, or an error number.
        let status = withStrings(command) { arguments in
            withStrings(environment) { posix_spawn(&pid, command[0], &actions, &attributes, arguments, $0) }
        }
        guard status == 0 else { throw .system(status, "starting", command[0]) }
        return pid
    }

    /// Libraries may have opened descriptors that are not closed on exec; closing one that is gone is no error.
    private static func prepare(_ actions: inout posix_spawn_file_actions_t, _ output: Int32) {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let descriptor = Int32(name), descriptor > 2 {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
    }

    /// A new session, no blocked signal, and every signal at its default.
    private static func prepare(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, setsid | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    }

    private static func withStrings<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}

/// A user of this machine.
struct Account {
    let uid: uid_t
    let gid: gid_t

    /// Throws where there is no such user, or the agent may not become it.
    init(_ name: String) throws(AgentError) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        // 0, or an error number; `found` is nil where there is no such user.
        let status = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard status == 0, found != nil else {
            throw AgentError(.badConfiguration, at: name, "there is no such user", remedy: "make it with adduser")
        }
        uid = entry.pw_uid
        gid = entry.pw_gid
        guard geteuid() == 0 || geteuid() == uid else {
            throw AgentError(
                .noPermission,
                at: name,
                "only an agent that runs as root can run hooks as this user",
                remedy: "run the agent as root, or as \(name)"
            )
        }
    }
}
