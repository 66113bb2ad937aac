import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct FindCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Ask what was deployed where, by its tags; which releases carry one; and what people do by hand.",
        subcommands: [Deployments.self, Releases.self, Acts.self]
    )

    struct Deployments: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "deployments",
            abstract: "List deployments that have all of what is asked for, the newest first.",
            discussion: """
                Everything with a tag: --tag cutoff_date=20251210. Everything in a release: --release models-12. \
                What an endpoint runs: --region circuit-7 --current.
                """
        )

        @Option(help: ArgumentHelp("With this tag.", valueName: "key=value"))
        var tag: KeyValue?

        @Option(help: ArgumentHelp("Of this plan.", valueName: "plan"))
        var plan: PlanName?

        @Option(help: ArgumentHelp("By this release.", valueName: "release"))
        var release: ReleaseID?

        @Option(help: ArgumentHelp("In this stage.", valueName: "stage"))
        var stage: StageName?

        @Option(help: ArgumentHelp("In this region.", valueName: "region"))
        var region: RegionName?

        @Option(help: ArgumentHelp("Of this service.", valueName: "service"))
        var service: ServiceName?

        @Flag(help: "Only what runs now.")
        var current = false

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            var query = Query()
            query.add("tag", tag.map { "\($0.key)=\($0.value)" })
            query.add("plan", plan)
            query.add("release", release)
            query.add("stage", stage)
            query.add("region", region)
            query.add("service", service)
            if current { query.add("current", "true") }
            try output.show(.deployments(await controller.client().deployments(query)))
        }
    }

    struct Releases: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "releases",
            abstract: "List releases that carry a tag or deployed something with it, the newest first."
        )

        @Option(help: ArgumentHelp("The tag.", valueName: "key=value"))
        var tag: KeyValue

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.found(await controller.client().releases(tagged: tag.tag)))
        }
    }

    struct Acts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acts",
            abstract: "Rank what people do by hand by the time it takes: what to automate first comes first."
        )

        @Option(help: ArgumentHelp("Of this plan; else of all.", valueName: "plan"))
        var plan: PlanName?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.acts(await controller.client().manualActs(of: plan)))
        }
    }
}
