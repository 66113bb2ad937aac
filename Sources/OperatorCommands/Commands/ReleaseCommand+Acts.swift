import ArgumentParser
import StructuredText
import TrainModel

// How people steer a release that runs.

extension ReleaseCommand {
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pause",
            abstract: "Start nothing more until it is resumed."
        )

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("paused", already: "was paused already") { try await $0.pause($1, reason: $2) }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Go on with a paused release.")

        @OptionGroup var release: ReleaseArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().resume(release.id)
            try output.show(outcome, "\(release.id) resumed", alreadyDone: "\(release.id) was not paused")
        }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "abort",
            abstract: "End a release where it stands; hosts keep what they run."
        )

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("aborted", already: "was aborted already") { try await $0.abort($1, reason: $2) }
        }
    }

    struct Unpin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unpin",
            abstract: "Let releases change again what was returned on purpose.",
            discussion: "What returns is pinned, so that nothing goes back and forth; a person releases it."
        )

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("is no longer pinned", already: "was not pinned") {
                try await $0.unpin($1, reason: $2)
            }
        }
    }

    struct Repin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "repin",
            abstract: "Give a release that has touched nothing other versions; what people decided on it is void."
        )

        @OptionGroup var release: ReleaseArgument

        @Option(help: ArgumentHelp("The new version of a service; may be given often.", valueName: "service=version"))
        var set: [ServiceVersion]

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard !set.isEmpty else { throw ValidationError("Name at least one service with --set.") }
            guard Set(set.map(\.service)).count == set.count else {
                throw ValidationError("--set names a service twice.")
            }
        }

        func run() async throws {
            let versions = Dictionary(set.map { ($0.service, $0.version) }) { first, _ in first }
            let outcome = try await controller.client().repin(release.id, versions: versions)
            try output.show(
                outcome,
                "\(release.id) takes other versions; decisions on the old ones are void",
                alreadyDone: "\(release.id) has these versions already"
            )
        }
    }
}

struct ReasonedActOptions: ParsableArguments {
    @OptionGroup var release: ReleaseArgument
    @OptionGroup var reason: ReasonOption
    @OptionGroup var controller: ControllerOptions
    @OptionGroup var output: OutputOptions

    func perform(
        _ done: String,
        already: String,
        _ body: (ControllerClient, ReleaseID, String) async throws -> Outcome
    ) async throws {
        let outcome = try await body(controller.client(), release.id, reason.reason)
        try output.show(outcome, "\(release.id) \(done)", alreadyDone: "\(release.id) \(already)")
    }
}
