import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Start, watch and steer releases.",
        subcommands: [
            Start.self, List.self, Show.self, Watch.self, Notes.self, Approve.self, Validate.self, Reject.self,
            VoteCommand.self, TaskDone.self, Waive.self, BreakGlass.self, Repin.self, Pause.self, Resume.self,
            Abort.self, Rollback.self, Unpin.self,
        ]
    )

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start",
            abstract: "Start a release of a plan with chosen versions.",
            discussion: """
                Give --version for all services, --set for single ones, or both; or the --candidate whose version they \
                take. The plan is a file, or a registered plan's name.
                """
        )

        @OptionGroup var plan: PlanArgument

        @Option(help: ArgumentHelp("The version of every service that --set does not name.", valueName: "version"))
        var version: Version?

        @Option(help: ArgumentHelp("The version of one service; may be given often.", valueName: "service=version"))
        var set: [ServiceVersion] = []

        @Option(help: ArgumentHelp("The tag of a candidate that was cut.", valueName: "tag"))
        var candidate: Version?

        @Option(help: ArgumentHelp("Of the plan's services this one, and others given so.", valueName: "service"))
        var only: [ServiceName] = []

        @Option(help: ArgumentHelp("A shorter way that the plan allows, such as hotfix.", valueName: "lane"))
        var lane: LaneName?

        @Option(
            help: ArgumentHelp(
                "Try something out for so long, then return the stage to what the plan says.",
                valueName: "length"
            )
        )
        var adHoc: Interval?

        @Option(help: ArgumentHelp("With --ad-hoc: into this stage; may be given often.", valueName: "stage"))
        var stage: [StageName] = []

        @Option(help: ArgumentHelp("A fact to find the release by; may be given often.", valueName: "key=value"))
        var tag: [KeyValue] = []

        @Option(help: ArgumentHelp("What changes, for those who approve.", valueName: "words"))
        var description = ""

        @Flag(help: "Go on as `release watch`.")
        var watch = false

        @OptionGroup var watching: WatchOptions
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard version != nil || !set.isEmpty || candidate != nil else {
                throw ValidationError("No version is given: add --version, --set or --candidate.")
            }
            guard Set(set.map(\.service)).count == set.count else {
                throw ValidationError("--set names a service twice.")
            }
            guard Set(tag.map(\.key)).count == tag.count else { throw ValidationError("--tag names a key twice.") }
        }

        func run() async throws {
            let client = try controller.client()
            let id = try await client.start(wish())
            if !watch || output.output == .table {
                try output.show(.done(sentence: "started \(id)", .object(["release": .string(id.text)])))
            }
            if watch { try await ReleaseWatch(client, id, watching, output.output).run() }
        }

        private func wish() throws -> StartWish {
            StartWish(
                plan: try plan.reference.value(),
                version: version,
                versions: Dictionary(set.map { ($0.service, $0.version) }) { first, _ in first },
                description: description,
                only: only,
                lane: lane,
                adHocFor: adHoc,
                adHocStages: stage,
                candidate: candidate,
                tags: tag.map(\.tag)
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List releases, the newest first."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.releases(await controller.client().releases(), now: WallClock.now()))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a release: its waves and regions, and what it waits for."
        )

        @OptionGroup var release: ReleaseArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.release(await controller.client().release(release.id)))
        }
    }

    struct Notes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "notes",
            abstract: "List the changes between what runs and what the release brings."
        )

        @OptionGroup var release: ReleaseArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.notes(await controller.client().notes(of: release.id)))
        }
    }

    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "watch",
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
