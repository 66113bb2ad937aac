import Glibc

/// A user of this machine.
struct Account {
    let uid: uid_t
    let gid: gid_t
    /// All that the user is in, `gid` among them.
    let groups: [gid_t]

    /// More than this nobody is in.
    private static let groups_max: Int32 = 1_024

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
        groups = try Self.groups(of: name, entry.pw_gid)
        guard geteuid() == 0 || geteuid() == uid else {
            throw AgentError(
                .noPermission,
                at: name,
                "only an agent that runs as root can run hooks as this user",
                remedy: "run the agent as root, or as \(name)"
            )
        }
    }

    private static func groups(of name: String, _ gid: gid_t) throws(AgentError) -> [gid_t] {
        var groups = [gid_t](repeating: 0, count: Int(groups_max))
        var count = groups_max
        // How many there are, or -1 where they are more than there is room for.
        guard getgrouplist(name, gid, &groups, &count) >= 0 else {
            throw AgentError(
                .badConfiguration,
                at: name,
                "the user is in more than \(groups_max) groups",
                remedy: "run the hooks as a user of their own"
            )
        }
        return Array(groups.prefix(Int(count)))
    }
}
