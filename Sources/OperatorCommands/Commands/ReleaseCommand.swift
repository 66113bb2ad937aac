import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Start, watch and steer releases.",
        subcommands: [
            Start.self, List.self, Show.self, Watch.self, Approve.self, Reject.self, Pause.self, Resume.self,
            Abort.self, Rollback.self,
        ]
    )

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start a release of a plan with chosen versions.",
            discussion: "Give --version for all services, --set for single ones, or both."
        )

        @Argument(help: ArgumentHelp("The plan.", valueName: "plan"), completion: .file(extensions: ["yaml", "yml"]))
        var plan: String

        @Option(help: ArgumentHelp("The version of every service that --set does not name.", valueName: "version"))
        var version: Version?

        @Option(help: ArgumentHelp("The version of one service; may be given often.", valueName: "service=version"))
        var set: [ServiceVersion] = []

        @Option(help: ArgumentHelp("What changes, for those who approve.", valueName: "words"))
        var description = ""

        @Flag(help: "Go on as `release watch`.")
        var watch = false

        @OptionGroup var watching: WatchOptions
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard version != nil || !set.isEmpty else {
                throw ValidationError("No version is given: add --version or --set.")
            }
            guard Set(set.map(\.service)).count == set.count else {
                throw ValidationError("--set names a service twice.")
            }
        }

        func run() async throws {
            let client = try controller.client()
            let source = try PlanFile.read(plan)
            guard let text = String(validating: source, as: UTF8.self) else {
                throw CommandFailure("\(plan) is not UTF-8", remedy: "`wavetrain plan check \(plan)` says where")
            }
            let versions = Dictionary(set.map { ($0.service, $0.version) }) { first, _ in first }
            let id = try await client.start(
                plan: text,
                file: plan,
                version: version,
                versions: versions,
                description: description
            )
            if !watch || output.output == .table {
                try output.show(.done(sentence: "started \(id)", .object(["release": .string(id.text)])))
            }
            if watch { try await ReleaseWatch(client, id, watching, output.output).run() }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List releases, the newest first.")

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.releases(await controller.client().releases(), now: WallClock.now()))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a release: its waves and regions, and what it waits for."
        )

        @OptionGroup var release: ReleaseArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.release(await controller.client().release(release.id)))
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a release until it ends: a live picture on a terminal, a line a change elsewhere."
        )

        @OptionGroup var release: ReleaseArgument
        @OptionGroup var watching: WatchOptions
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try await ReleaseWatch(controller.client(), release.id, watching, output.output).run()
        }
    }
}

struct ReleaseArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The release, such as partner-services-3.", valueName: "release"))
    var id: ReleaseID
}

struct WatchOptions: ParsableArguments {
    @Flag(help: "When watching, exit with status 5 as soon as the release waits for a person.")
    var untilHeld = false

    @Flag(help: "When watching, print a line a change on a terminal too.")
    var lines = false
}
