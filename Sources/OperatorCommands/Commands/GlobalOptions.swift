import StructuredText
import ArgumentParser
import Foundation

/// What every command that asks a controller takes.
struct ControllerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The controller's address; else WAVETRAIN_URL.", valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "A file that holds your token; else WAVETRAIN_TOKEN or WAVETRAIN_TOKEN_FILE.",
            valueName: "file"
        ),
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The controller's authority in PEM, for https; else WAVETRAIN_CA_FILE, else the system's.",
            valueName: "file"
        ),
        completion: .file(extensions: ["pem", "crt"])
    )
    var caFile: String?

    func client() throws -> ControllerClient {
        let environment = ProcessInfo.processInfo.environment
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let address = try ControllerAddress(
            url: url ?? variable("WAVETRAIN_URL") ?? ControllerAddress.defaultURL,
            token: OperatorToken.find(file: tokenFile, environment: environment),
            authorityFile: caFile ?? variable("WAVETRAIN_CA_FILE")
        )
        return ControllerClient(connection: ControllerConnection(address: address))
    }
}

struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: table or json.")
    var output: OutputFormat = .table

    func show(_ shown: Shown) throws {
        try StandardOutput.write(shown.text(output))
    }

    /// A sentence for people; with `--output json` what a program needs.
    func show(_ outcome: Outcome, _ done: String, alreadyDone: String) throws {
        let sentence = outcome.outcome == .done ? done : alreadyDone
        try show(.done(sentence: sentence, .object(["outcome": .string(outcome.outcome.rawValue)])))
    }
}

extension OutputFormat: ExpressibleByArgument {}
