import Programs
import StructuredText
import TrainModel

/// A program that the controller's configuration names, for what no HTTP address answers.
public struct ProbeRecipe: Hashable, Sendable {
    /// The program's absolute path and its arguments.
    public let command: [String]
    /// Besides the search path and the plan's variables; where its secrets are, never what they are.
    public let environment: [String: String]

    public init(_ command: [String], environment: [String: String] = [:]) {
        self.command = command
        self.environment = environment
    }
}

extension Prober {
    /// What the program prints. A plan's variable `queue` is its environment's `WAVETRAIN_VAR_QUEUE`.
    func run(
        _ name: RecipeName,
        _ variables: [Variable],
        field: String,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> String {
        guard let recipe = recipes[name] else {
            let remedy = Suggestion.remedy(for: name.text, among: recipes.keys.map(\.text))
            throw OutsideFailure(
                .notConfigured,
                "the controller has no probe \(name)",
                remedy: remedy ?? "name its program under `probes` in the controller's configuration"
            )
        }
        var environment = ["PATH": Program.searchPath, "LANG": "C.UTF-8"]
        environment.merge(recipe.environment) { _, own in own }
        for variable in variables { environment["WAVETRAIN_VAR_\(variable.key.uppercased())"] = variable.value }
        let program = Program(
            recipe.command,
            environment: environment,
            timeout_ms: try deadline.rest(for: "the probe \(name)"),
            outputBytes_max: Asker.answerBytes_max
        )
        let result = await program.run()
        if let failure = result.failure(of: program) {
            throw OutsideFailure(
                result.end == .timedOut ? .timedOut : .programFailed,
                "the probe \(name) \(Self.oneLine(failure))",
                remedy: "run \(recipe.command[0]) by hand as the controller's user"
            )
        }
        return try Self.value(in: result.output, field: field, of: "the probe \(name)")
    }

    /// What a program said, with nothing that could end a line of a log.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.properties.isPrintable ? $0 : " " }))
    }
}

extension Unicode.Scalar.Properties {
    /// Neither a control character nor one that turns the direction of others.
    var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
