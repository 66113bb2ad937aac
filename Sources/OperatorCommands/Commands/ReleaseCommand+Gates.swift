import ArgumentParser
import StructuredText
import TrainModel

// What people say and do at a release's gates.

extension ReleaseCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "approve",
            abstract: "Let a wave or region go on.",
            discussion: "The approval counts for exactly the versions, plan and evidence that this command prints."
        )

        @OptionGroup var human: HumanActOptions

        func run() async throws {
            try await human.decide(.approve, [.approval], done: "approved", already: "approved already")
        }
    }

    struct Validate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "validate",
            abstract: "Say that what has run so far is safe; letting the next step go on is another act.",
            discussion: "The validation counts for exactly the versions, plan and evidence that this command prints."
        )

        @OptionGroup var human: HumanActOptions

        func run() async throws {
            try await human.decide(.validate, [.validation], done: "validated", already: "validated already")
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reject",
            abstract: "Refuse to let a wave or region go on; this ends the release."
        )

        @OptionGroup var human: HumanActOptions

        func run() async throws {
            try await human.decide(.reject, [.approval, .validation], done: "rejected", already: "rejected already")
        }
    }

    struct VoteCommand: AsyncParsableCommand {
        enum Word: String, ExpressibleByArgument, CaseIterable {
            case go
            case noGo = "no-go"
            case veto

            /// As the API spells it.
            var text: String { self == .noGo ? "no_go" : rawValue }
        }

        static let configuration = CommandConfiguration(
            commandName: "vote",
            abstract: "Say GO or NO-GO for a role, with a reason; a veto stops the release whatever others say."
        )

        @OptionGroup var release: ReleaseArgument

        @Argument(help: "go, no-go or veto.")
        var word: Word

        @Option(help: ArgumentHelp("Which of your roles; needed when you have several.", valueName: "role"))
        var role = ""

        @OptionGroup var human: WordOptions

        func validate() throws {
            guard !human.reason.reason.isEmpty else { throw ValidationError("A vote needs a --reason.") }
        }

        func run() async throws {
            let (client, view, word) = try await human.prepared(release.id, at: [.vote], subject: "", role: role)
            try human.announce(view, [.vote], word)
            let outcome = try await client.vote(self.word.text, release.id, role: role, word)
            try human.output.show(outcome, "voted \(self.word.rawValue)", alreadyDone: "voted so already")
        }
    }

    struct TaskDone: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "done",
            abstract: "Say that a task which the plan leaves to people has been done.",
            aliases: ["task-done"]
        )

        @OptionGroup var release: ReleaseArgument

        @Argument(help: ArgumentHelp("The task's name; needed when several wait.", valueName: "task"))
        var task = ""

        @OptionGroup var ticks: TickOption

        @Option(help: ArgumentHelp("What was done; kept in the audit log.", valueName: "words"))
        var note = ""

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = try controller.client()
            let view = try await client.release(release.id)
            let points = view.points(ticked: ticks.tick, at: [.task], subject: task)
            let outcome = try await client.doneTask(release.id, subject: task, ticked: points, note: note)
            try output.show(outcome, "done", alreadyDone: "it had been done already")
        }
    }

    struct Waive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "waive",
            abstract: "Let a release go without a piece of evidence or a sign-off; shown with it ever after."
        )

        @OptionGroup var release: ReleaseArgument

        @Argument(
            help: ArgumentHelp("The predicate, or \"PREDICATE of CHANGE\" for one change.", valueName: "subject")
        )
        var subject: String

        @OptionGroup var reason: ReasonOption
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().waive(release.id, subject: subject, reason: reason.reason)
            try output.show(outcome, "\(release.id) goes without \(subject)", alreadyDone: "waived already")
        }
    }

    struct BreakGlass: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "break-glass",
            abstract: "Open a gate alone, in need, with a reason; people are paged and something is owed."
        )

        @OptionGroup var release: ReleaseArgument

        @Argument(help: ArgumentHelp("The wave or region; needed when several wait.", valueName: "subject"))
        var subject = ""

        @OptionGroup var reason: ReasonOption
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().breakGlass(
                release.id,
                subject: subject,
                reason: reason.reason
            )
            try output.show(outcome, "opened; see `wavetrain debt list`", alreadyDone: "it was open already")
        }
    }
}

struct TickOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A point of the checklist that you have seen to: its number, its words, or all; may be given often.",
            valueName: "point"
        )
    )
    var tick: [String] = []
}

/// What every word at a gate takes.
struct WordOptions: ParsableArguments {
    @OptionGroup var ticks: TickOption

    @Option(
        help: ArgumentHelp(
            "The digest of what you have looked at, as `release show --output json` gives it; another is refused.",
            valueName: "digest"
        )
    )
    var digest: Digest?

    @Option(
        help: ArgumentHelp("The same for the evidence that you have looked at.", valueName: "digest")
    )
    var evidenceDigest: Digest?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var controller: ControllerOptions
    @OptionGroup var output: OutputOptions

    /// The release as it is now, and a word on it.
    func prepared(
        _ id: ReleaseID,
        at kinds: [Hold.Kind],
        subject: String,
        role: String = ""
    ) async throws -> (ControllerClient, ReleaseView, HumanWord) {
        let client = try controller.client()
        let view = try await client.release(id)
        let word = HumanWord(
            subject: subject,
            releaseDigest: digest ?? view.releaseDigest,
            evidenceDigest: evidenceDigest ?? view.evidenceDigest,
            ticked: view.points(ticked: ticks.tick, at: kinds, subject: subject, role: role),
            reason: reason.reason
        )
        return (client, view, word)
    }

    /// Says what is decided on before it is decided.
    func announce(_ view: ReleaseView, _ kinds: [Hold.Kind], _ word: HumanWord) throws {
        guard output.output == .table else { return }
        let holds = view.holds.filter { kinds.contains($0.kind) }
        let subjects = word.subject.isEmpty ? holds.map(\.subject) : [word.subject]
        let lines = DecisionText.lines(view, kinds: kinds, subjects: subjects, word)
        try StandardOutput.write(lines.map { $0 + "\n" }.joined())
    }
}

struct HumanActOptions: ParsableArguments {
    @OptionGroup var release: ReleaseArgument

    @Argument(help: ArgumentHelp("The wave or region; needed when several wait.", valueName: "subject"))
    var subject = ""

    @OptionGroup var human: WordOptions

    /// - Parameter kinds: of the gates that the decision can be for.
    func decide(
        _ decision: ControllerClient.Decision,
        _ kinds: [Hold.Kind],
        done: String,
        already: String
    ) async throws {
        let (client, view, word) = try await human.prepared(release.id, at: kinds, subject: subject)
        try human.announce(view, kinds, word)
        let waiting = Set(view.holds.map(\.kind)).intersection(kinds)
        let act: ApprovalRule.Act = waiting == [.validation] ? .validation : .approval
        let outcome = try await client.decide(decision, release.id, word, act: act)
        try human.output.show(outcome, done, alreadyDone: already)
    }
}
