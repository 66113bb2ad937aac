import Bundles
import Glibc

/// Finds the programs that hooks need, where hooks find them.
enum ProgramSearch {
    /// The path of a program; nil: this host has none.
    ///
    /// - Parameter variables: those of the host; one of the program's own name, with `_` for what no variable's name may
    ///   hold, that is an absolute path, says where it is.
    static func find(_ name: String, variables: [String: String]) -> String? {
        let key = String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }).lowercased()
        if let own = variables.first(where: { $0.key.lowercased() == key })?.value, own.hasPrefix("/") {
            return isProgram(own) ? own : nil
        }
        return HookRunner.searchPath.split(separator: ":").map { "\($0)/\(name)" }.first(where: isProgram)
    }

    static func isProgram(_ path: String) -> Bool {
        var status = stat()
        // 0, or -1 where there is no such file.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        // 0: this process may run it.
        return access(path, X_OK) == 0
    }
}

extension BundleManifest {
    /// What this host lacks of what the hooks need, in words; none: it has all.
    func missingPrograms(variables: [String: String]) -> [String] {
        needs.filter { choice in !choice.contains { ProgramSearch.find($0, variables: variables) != nil } }
            .map { $0.joined(separator: " or ") }
    }
}

extension ServiceHooks {
    /// Before anything is touched: a hook that misses a program in the middle of its work leaves half of it.
    func requirePrograms(of manifest: BundleManifest, for subject: Subject) throws(AgentError) {
        let missing = manifest.missingPrograms(variables: configuration.variables(of: subject.service))
        guard !missing.isEmpty else { return }
        throw AgentError(
            .badConfiguration,
            at: "\(subject.recipeFolder ?? subject.folder)/\(BundleManifest.fileName)",
            "its hooks need \(missing.joined(separator: ", ")), which this host has not in \(HookRunner.searchPath)",
            remedy: "install it, or say where it is in a host variable of its name"
        )
    }
}
