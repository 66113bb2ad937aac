import ArgumentParser
import StructuredText
import TrainModel

extension ReleaseCommand {
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rollback",
            abstract: "Return what a release has touched to what ran before: all of it, or a part.",
            usage: """
                wavetrain release rollback RELEASE [--region R …] [--service S …] [--host R/H …] [--reason WORDS]
                wavetrain release rollback --set PLAN STAGE [--reason WORDS]
                """,
            discussion: """
                With --set every service of a stage returns to the last set that ended it well before. What returns is \
                pinned until `release unpin`.
                """
        )

        @Argument(help: ArgumentHelp("The release; with --set a plan and a stage.", valueName: "release"))
        var subject: [String]

        @Flag(name: .customLong("set"), help: "Return a whole stage to its last blessed set.")
        var isSet = false

        @Option(help: ArgumentHelp("Only this region; may be given often.", valueName: "region"))
        var region: [RegionName] = []

        @Option(help: ArgumentHelp("Only this service; may be given often.", valueName: "service"))
        var service: [ServiceName] = []

        @Option(help: ArgumentHelp("Only this host; may be given often.", valueName: "region/host"))
        var host: [HostKey] = []

        @OptionGroup var reason: ReasonOption
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            if isSet {
                guard subject.count == 2 else { throw ValidationError("--set takes a PLAN and a STAGE.") }
                guard region.isEmpty, service.isEmpty, host.isEmpty else {
                    throw ValidationError("--set returns the whole stage; leave --region, --service and --host out.")
                }
            } else {
                guard subject.count == 1 else { throw ValidationError("Name one release.") }
            }
        }

        func run() async throws {
            let client = try controller.client()
            guard isSet else {
                guard let id = ReleaseID(subject[0]) else { throw unreadable(subject[0]) }
                let outcome = try await client.rollBack(
                    id,
                    regions: region,
                    services: service,
                    hosts: host,
                    reason: reason.reason
                )
                return try output.show(outcome, "\(id) returns", alreadyDone: "\(id) returns already")
            }
            guard let plan = PlanName(subject[0]) else { throw unreadable(subject[0]) }
            guard let stage = StageName(subject[1]) else { throw unreadable(subject[1]) }
            let outcome = try await client.rollBackSet(plan, stage, reason: reason.reason)
            let words = "\(stage) of \(plan)"
            try output.show(
                outcome,
                "\(words) returns to its last blessed set",
                alreadyDone: "\(words) returns already"
            )
        }

        private func unreadable(_ text: String) -> ValidationError {
            ValidationError("\"\(text)\" is no name: \(NameRule.sentence).")
        }
    }
}
