/// Where the agent's configuration comes from. It is read again while it is wrong.
public enum ConfigurationSource: Sendable {
    /// Nil: the usual place, where there need be none.
    case file(String?)
    case fixed(AgentConfiguration)

    public func load() throws -> AgentConfiguration {
        switch self {
        case .file(let path): try AgentConfiguration.load(path)
        case .fixed(let configuration): configuration
        }
    }

    /// Nil where it cannot be used, which the agent itself tells.
    public var usable: AgentConfiguration? {
        do { return try load() } catch { return nil }
    }

    /// Where the agent's own programs stand; nil where the configuration cannot be used, and so says nothing that a program
    /// may be started by.
    var programRoot: String? { usable?.root }

    /// What it takes to tell the controller that something is wrong: root and controller's address, as they stand in a
    /// configuration that cannot be used, each on a line of its own, or as usual. Of a file that others may change only a
    /// root is taken that they may not.
    func lastResort() -> AgentConfiguration {
        do {
            return try load()
        } catch {
            guard case .file(let path) = self else { return AgentConfiguration() }
            return Self.lastResort(at: path ?? AgentConfiguration.defaultPath)
        }
    }

    private static func lastResort(at path: String) -> AgentConfiguration {
        do {
            guard let bytes = try Files.read(path) else { return AgentConfiguration() }
            let found = lastResort(in: String(decoding: bytes, as: UTF8.self))
            if try Guarded.weakness(of: path) == nil { return found }
            var configuration = AgentConfiguration()
            if try Guarded.weakness(ofFolders: found.root) == nil { configuration.root = found.root }
            return configuration
        } catch {
            // The error before says why.
            return AgentConfiguration()
        }
    }

    static func lastResort(in text: String) -> AgentConfiguration {
        var configuration = AgentConfiguration()
        for line in text.split(whereSeparator: \.isNewline) {
            if let root = value(of: "root", in: line), root.hasPrefix("/") { configuration.root = root }
            if let controller = value(of: "controller", in: line) { configuration.controller = controller }
        }
        return configuration
    }

    private static func value(of key: String, in line: Substring) -> String? {
        guard line.hasPrefix(key + ":") else { return nil }
        let word = line.dropFirst(key.count + 1).split(separator: " ").first ?? ""
        let bare = word.trimmingPrefix { $0 == "\"" || $0 == "'" }.prefix { $0 != "\"" && $0 != "'" }
        return bare.isEmpty ? nil : String(bare)
    }
}
