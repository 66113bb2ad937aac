import ArgumentParser
import StructuredText
import TrainModel

// What people decide about a release that runs.

extension ReleaseCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a wave or region go on.",
            discussion: "The approval counts for exactly the versions and plan that this command prints."
        )

        @OptionGroup var human: HumanActOptions

        func run() async throws { try await human.decide(.approve, done: "approved", already: "approved already") }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse to let a wave or region go on; this ends the release."
        )

        @OptionGroup var human: HumanActOptions

        func run() async throws { try await human.decide(.reject, done: "rejected", already: "rejected already") }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Start nothing more until it is resumed.")

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("paused", already: "was paused already") { try await $0.pause($1, reason: $2) }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Go on with a paused release.")

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
            abstract: "End a release where it stands; hosts keep what they run."
        )

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("aborted", already: "was aborted already") { try await $0.abort($1, reason: $2) }
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Return every region that the release has touched to what it ran before."
        )

        @OptionGroup var act: ReasonedActOptions

        func run() async throws {
            try await act.perform("returns", already: "returns already") { try await $0.rollBack($1, reason: $2) }
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

struct HumanActOptions: ParsableArguments {
    @OptionGroup var release: ReleaseArgument

    @Argument(help: ArgumentHelp("The wave or region; needed when several wait.", valueName: "subject"))
    var subject = ""

    @Option(
        help: ArgumentHelp(
            "The digest of what you have looked at, as `release show --output json` gives it; another is refused.",
            valueName: "digest"
        )
    )
    var digest: Digest?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var controller: ControllerOptions
    @OptionGroup var output: OutputOptions

    /// Says what is decided on before it is decided, and binds the decision to that.
    func decide(_ decision: ControllerClient.Decision, done: String, already: String) async throws {
        let client = try controller.client()
        let view = try await client.release(release.id)
        let bound = digest ?? view.releaseDigest
        let subjects = subject.isEmpty ? view.holds.filter { $0.kind == .approval }.map(\.subject) : [subject]
        if output.output == .table {
            try StandardOutput.write(
                DecisionText.lines(view, subjects: subjects, digest: bound).map { $0 + "\n" }.joined()
            )
        }
        let outcome = try await client.decide(
            decision,
            release.id,
            subject: subject,
            releaseDigest: bound,
            reason: reason.reason
        )
        try output.show(outcome, done, alreadyDone: already)
    }
}
