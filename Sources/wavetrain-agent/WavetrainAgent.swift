import AgentService
import ArgumentParser
import Glibc
import Logging

/// The agent of one host. Exit codes are listed in `agents/README.md`.
@main
struct WavetrainAgent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wavetrain-agent",
        abstract: "Applies the controller's orders on this host, tests them and watches what runs.",
        version: AgentCommands.version,
        subcommands: [Enrol.self, Run.self, Show.self, Doctor.self, Recipe.self, SelfCheck.self]
    )
}

struct Configured: ParsableArguments {
    @Option(help: "The configuration; \(AgentConfiguration.defaultPath) where there is one.")
    var config: String?

    var source: ConfigurationSource { .file(config) }

    func load() throws -> AgentConfiguration { try source.load() }
}

struct Enrol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: "Get this host's first certificate with a join token.",
        discussion: "The key is made here and never leaves this host. Make a token with `wavetrain agent token`."
    )

    @OptionGroup var configured: Configured
    @Option(help: "The controller's agent port, as host:port.")
    var controller: String
    @Option(help: "The join token; \"-\" reads it from the standard input.")
    var token: String
    @Option(help: "What the host is called in its region; by default the machine's name up to its first dot.")
    var name: String?

    func run() async throws {
        try await reporting {
            let secret = token == "-" ? readLine() ?? "" : token
            let identity = try await AgentCommands.enrol(
                try configured.load(),
                controller: controller,
                token: secret,
                host: name
            )
            print("enrolled as \(identity)")
        }
    }
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the agent until it is told to stop."
    )

    @OptionGroup var configured: Configured

    func run() async throws {
        var isOnTrial = false
        try await reporting {
            LoggingSystem.bootstrap(StreamLogHandler.standardError)
            var logger = Logger(label: "wavetrain-agent")
            AgentCommands.prepareProcess()
            if let configuration = configured.source.usable {
                logger.logLevel = configuration.logLevel
                isOnTrial = AgentCommands.isOnTrial(configuration)
                try AgentCommands.launch(configuration)
            }
            try await AgentCommands.run(configured.source, logger: logger)
        } exitCode: {
            // Whatever it is, the supervisor shall start the agent before it.
            isOnTrial ? AgentFailure.ofTrial : AgentFailure.exitCode(of: $0)
        }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show what this host runs, as its disk says."
    )

    @OptionGroup var configured: Configured

    func run() async throws {
        try await reporting { print(try HostReport(root: try configured.load().root).table) }
    }
}

struct SelfCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-check",
        abstract: "See whether this program can go on where the agent of this host is.",
        discussion: "An order that replaces the agent runs it with the new program. It changes nothing."
    )

    @OptionGroup var configured: Configured

    func run() async throws {
        try await reporting {
            try AgentCommands.checkSelf(try configured.load())
            print("\(AgentCommands.version) can run here")
        }
    }
}

/// One clear line, and the exit code that belongs to the error.
func reporting(
    _ body: () async throws -> Void,
    exitCode: (any Error) -> Int32 = { AgentFailure.exitCode(of: $0) }
) async throws {
    do {
        try await body()
    } catch {
        let line = Array("wavetrain-agent: \(error)\n".utf8)
        // Nobody is left to be told that the terminal is gone.
        _ = write(STDERR_FILENO, line, line.count)
        throw ExitCode(exitCode(error))
    }
}
