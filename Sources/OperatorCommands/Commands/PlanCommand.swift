import ArgumentParser
import PlanLanguage
import StructuredText
import TimeAndChance
import TrainModel

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Check, draw and compare plans; register those that trains run by.",
        subcommands: [
            Check.self, Show.self, Diff.self, Register.self, Withdraw.self, List.self, Depart.self,
        ]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Compile a plan here, without a controller, and say what it holds or everything that is wrong."
        )

        @Argument(help: ArgumentHelp("The plan.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
        var file: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let compiled = try compile()
            let plan = compiled.plan
            let waves = plan.stages.flatMap(\.waves)
            let others = compiled.sources.others
            let sentence =
                "\(file): plan \(plan.name) is sound: \(plan.services.count.counted("service")), "
                + "\(waves.count.counted("wave")), \(Set(waves.flatMap(\.regions)).count.counted("region"))"
                + (others.isEmpty ? "" : ", with \(others.map(\.path).joined(separator: ", "))")
                + "; digest \(compiled.digest.prefix)"
            let answer = JSONValue.object([
                "plan": .string(plan.name.text), "digest": .string(compiled.digest.hex),
                "includes": .texts(others.map(\.path)),
            ])
            try output.show(.done(sentence: sentence, answer))
        }

        /// A program reads its answer from the standard output, that a plan is wrong as well.
        private func compile() throws -> CompiledPlan {
            do {
                return try PlanFile.compile(file)
            } catch let failure as CommandFailure where output.output == .json && !failure.problems.isEmpty {
                try output.show(
                    .done(
                        sentence: failure.sentence,
                        .object([
                            "error": .object([
                                "sentence": .string(failure.sentence), "problems": .list(failure.problems.map(\.json)),
                            ])
                        ])
                    )
                )
                throw failure
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Draw a plan: stages, waves and regions in order, and in words what holds them."
        )

        @OptionGroup var plan: PlanArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let (plan, digest) = try await plan.reference.plan(controller.client)
            try output.show(.plan(plan, digest))
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff",
            abstract: "Say in words what changes from one plan to another."
        )

        @Argument(
            help: ArgumentHelp("The plan as it was: its file, or the name it is registered under.", valueName: "old"),
            completion: .file(extensions: ["yaml", "yml"])
        )
        var old: String

        @Argument(
            help: ArgumentHelp("The plan as it is to be.", valueName: "new"),
            completion: .file(extensions: ["yaml", "yml"])
        )
        var new: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let before = try await PlanReference(text: old).plan(controller.client).plan
            let after = try await PlanReference(text: new).plan(controller.client).plan
            try output.show(.difference(PlanDifference(from: before, to: after)))
        }
    }

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "register",
            abstract: "Register a plan, with what it includes: from now on its train runs by it.",
            discussion: "A plan of the same name gives way to it. Releases that are under way keep the plan they have."
        )

        @Argument(help: ArgumentHelp("The plan.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
        var file: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let compiled = try PlanFile.compile(file)
            let outcome = try await controller.client().register(compiled.sources.value)
            let words = "plan \(compiled.plan.name), digest \(compiled.digest.prefix)"
            try output.show(outcome, "registered \(words)", alreadyDone: "registered already: \(words)")
        }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw",
            abstract: "Take a registered plan back: nothing departs by it any more."
        )

        @OptionGroup var plan: RegisteredPlanArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().withdraw(plan.name)
            try output.show(outcome, "withdrew plan \(plan.name)", alreadyDone: "plan \(plan.name) was not registered")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the registered plans and when they depart."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.plans(await controller.client().schedule()))
        }
    }

    struct Depart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "depart",
            abstract: "Let a train leave now, or look now for what has arrived at its registry."
        )

        @OptionGroup var plan: RegisteredPlanArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let departed = try await controller.client().depart(plan.name)
            let sentence = departed.release.map { "started \($0)" } ?? "looking for what has arrived for \(plan.name)"
            let answer = JSONValue.object([
                "outcome": .string(departed.outcome), "release": departed.release.map { .string($0.text) },
            ])
            try output.show(.done(sentence: sentence, answer))
        }
    }
}

struct PlanArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The plan: its file, or the name it is registered under.", valueName: "plan"),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var plan: String

    var reference: PlanReference { PlanReference(text: plan) }
}

struct RegisteredPlanArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("A registered plan's name.", valueName: "plan"))
    var name: PlanName
}
