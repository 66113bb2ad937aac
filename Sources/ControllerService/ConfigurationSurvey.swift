import Glibc
import Notifications
import Outside

/// What this machine lacks of what a configuration names. Looks and changes nothing; blocks.
public struct ConfigurationSurvey: Sendable {
    /// A sentence each, with what to do. Empty: nothing is missing.
    public private(set) var findings: [String] = []

    public init(_ configuration: ControllerConfiguration) {
        if !configuration.data.hasPrefix("/") {
            findings.append(
                "data \(configuration.data) depends on the folder that the controller is started in; "
                    + "give an absolute path"
            )
        }
        lookUp(configuration.agents, "agents")
        lookUp(configuration.api, "api")
        if let path = configuration.chatSecretFile { attempt { _ = try ChatSecret.read(path) } }
        for secret in configuration.outside.credentials.secrets { attempt { _ = try secret.read() } }
        for channel in configuration.channels.sorted(by: { $0.key < $1.key }).map(\.value) {
            for secret in channel.secrets { attempt { _ = try secret.read() } }
            if let path = channel.authorityFile { lookFor(path, R_OK, "the mail server's authorities") }
        }
        for (name, probe) in configuration.outside.probes.sorted(by: { $0.key < $1.key }) {
            lookFor(probe.command[0], X_OK, "the program of the probe \(name)")
        }
        for (name, repository) in configuration.outside.repositories.sorted(by: { $0.key < $1.key })
        where repository.url == nil {
            lookFor(repository.path, R_OK | X_OK, "the clone of the repository \(name)")
        }
    }

    private mutating func attempt(_ body: () throws -> Void) {
        do { try body() } catch { findings.append("\(error)") }
    }

    private mutating func lookFor(_ path: String, _ mode: Int32, _ what: String) {
        // 0: it is there and may be used so; -1 with errno.
        guard access(path, mode) != 0 else { return }
        findings.append(
            "\(what), \(path), cannot be used: \(String(cString: strerror(errno))); put it there, with the "
                + "controller's user allowed to use it, or correct the path"
        )
    }

    private mutating func lookUp(_ listener: ControllerConfiguration.Listener, _ key: String) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        // 0, or a number that gai_strerror puts into words.
        let code = getaddrinfo(listener.host, nil, &hints, &found)
        guard code == 0 else {
            findings.append(
                "\(key): \(listener.host) is no address of this machine: \(String(cString: gai_strerror(code))); "
                    + "give an address that it has, or 0.0.0.0 for all of them"
            )
            return
        }
        freeaddrinfo(found)
    }
}
