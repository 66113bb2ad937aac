import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Let agents join, list them, cut them off.",
        subcommands: [Token.self, List.self, Revoke.self]
    )

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "token",
            abstract: "Make a token with which one host joins a region, once.",
            discussion: "It is printed alone on one line, and kept nowhere: hand it to the host and forget it."
        )

        @Option(help: "The region that the host joins.")
        var region: RegionName

        @Option(help: "How long the token can be used, up to 7d.")
        var lifetime: Interval = .hours(1)

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let token = try await controller.client().joinToken(region: region, lifetime: lifetime)
            try output.show(.done(sentence: token, .object(["token": .string(token)])))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the hosts, their links and what they run."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.agents(await controller.client().agents(), now: WallClock.now()))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Withdraw a host's certificate for ever and cut its links at once."
        )

        @Argument(help: ArgumentHelp("The host.", valueName: "region/host"))
        var host: HostKey

        @OptionGroup var reason: ReasonOption
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().revoke(host, reason: reason.reason)
            try output.show(outcome, "revoked \(host)", alreadyDone: "\(host) was revoked already")
        }
    }
}

struct ReasonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Why; kept in the audit log.", valueName: "words"))
    var reason = ""
}
