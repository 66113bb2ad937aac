import HostDecisions
import TrainModel

/// The names that checks may use as `${name}`, and that hooks get as environment variables.
///
/// What the order says wins over what the host's configuration says: it is what was signed.
struct ServiceVariables: Sendable {
    let identity: HostIdentity
    let service: ServiceName
    let deployment: Deployment
    let purpose: Purpose
    /// Of the host's configuration, for this service.
    let ofHost: [String: String]

    /// Puts values in the place of `${name}`; nil and the name where there is no such variable.
    func expand(_ text: String) -> Result<String, MissingVariable> {
        // By bytes: a search by characters is a good part of the code that an agent touches when it watches.
        let text = Array(text.utf8)
        var expanded: [UInt8] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "$")) {
            expanded += rest[..<start]
            rest = rest[start...]
            guard rest.dropFirst().first == UInt8(ascii: "{"), let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                expanded.append(rest.removeFirst())
                continue
            }
            let name = String(decoding: rest[(start + 2)..<end], as: UTF8.self)
            guard let value = value(of: name) else { return .failure(MissingVariable(name: name)) }
            expanded += value.utf8
            rest = rest[(end + 1)...]
        }
        return .success(String(decoding: expanded + rest, as: UTF8.self))
    }

    /// All of them, or the first variable that is missing.
    func expand(_ texts: [String]) -> Result<[String], MissingVariable> {
        Result { () throws(MissingVariable) in
            try texts.map { (text) throws(MissingVariable) in try expand(text).get() }
        }
    }

    struct MissingVariable: Error, Hashable {
        let name: String
        var sentence: String {
            "no variable is called \(name); set it in the plan, or for this service in agent.yaml"
        }
    }

    /// The whole environment of a hook.
    ///
    /// - Parameters:
    ///   - recipeFolder: where the recipe's own files are; nil: a bundle.
    ///   - previous: what the host ran when the order came.
    func environment(folder: String, recipeFolder: String?, previous: Version?) -> [String: String] {
        var environment = [
            "PATH": HookRunner.searchPath,
            "WAVETRAIN_ACTION": purpose.rawValue,
            "WAVETRAIN_ARTIFACT": deployment.artifact.name.text,
            "WAVETRAIN_DIGEST": deployment.artifact.digest.hex,
            "WAVETRAIN_SERVICE": service.text,
            "WAVETRAIN_VERSION": deployment.artifact.version.text,
            "WAVETRAIN_RELEASE_DIR": folder,
            "WAVETRAIN_REGION": identity.key.region.text,
            "WAVETRAIN_HOST": identity.key.host.text,
            "WAVETRAIN_GENERATION": "\(deployment.generation)",
        ]
        if let recipe = deployment.recipe { environment["WAVETRAIN_REFERENCE"] = recipe.reference }
        if let recipeFolder { environment["WAVETRAIN_RECIPE_DIR"] = recipeFolder }
        if let previous { environment["WAVETRAIN_PREVIOUS_VERSION"] = previous.text }
        for (key, value) in ofHost { environment["WAVETRAIN_HOST_VAR_\(key.uppercased())"] = value }
        for variable in deployment.variables {
            environment["WAVETRAIN_VAR_\(variable.key.uppercased())"] = variable.value
        }
        return environment
    }

    private func value(of name: String) -> String? {
        switch name {
        case "service": service.text
        case "artifact": deployment.artifact.name.text
        case "digest": deployment.artifact.digest.hex
        case "reference": deployment.recipe?.reference
        case "version": deployment.artifact.version.text
        case "region": identity.key.region.text
        case "host": identity.key.host.text
        case "generation": "\(deployment.generation)"
        default: deployment.variables.last { $0.key == name }?.value ?? ofHost[name]
        }
    }
}
