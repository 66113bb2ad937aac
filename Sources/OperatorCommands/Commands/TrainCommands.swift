import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Show when trains leave and what keeps them; let one leave now.",
        subcommands: [Show.self, PlanCommand.Depart.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show a train: departures, candidates, arrivals and who is on call; or all of them in short."
        )

        @Argument(help: ArgumentHelp("A registered plan's name; else all.", valueName: "plan"))
        var plan: PlanName?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = try controller.client()
            if let plan {
                try output.show(.train(await client.train(of: plan)))
            } else {
                try output.show(.schedule(await client.schedule()))
            }
        }
    }
}

struct CandidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "candidate",
        abstract: "Cut candidates, list them, and ask which is fully verified.",
        subcommands: [Cut.self, List.self, Suggest.self]
    )

    struct Cut: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cut",
            abstract: "Collect everything merged since the candidate before under a dated tag."
        )

        @OptionGroup var plan: RegisteredPlanArgument

        @Option(help: ArgumentHelp("The tag, such as 2026.11.20.1; else the day's next.", valueName: "tag"))
        var tag: Version?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().cutCandidate(plan.name, tag: tag)
            try output.show(
                outcome,
                "cutting a candidate of \(plan.name); its changes are looked up",
                alreadyDone: "it has been cut already"
            )
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List a plan's candidates, the newest first."
        )

        @OptionGroup var plan: RegisteredPlanArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.candidates(await controller.client().train(of: plan.name).candidates))
        }
    }

    struct Suggest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "suggest",
            abstract: "Name the newest version in which everything is verified, and what newer ones lack."
        )

        @OptionGroup var plan: RegisteredPlanArgument
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.suggestion(await controller.client().suggestion(for: plan.name)))
        }
    }
}

struct DebtCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debt",
        abstract: "List what is owed for short cuts, and say that it is paid.",
        subcommands: [List.self, Pay.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List open debts, the oldest first."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let schedule = try await controller.client().schedule()
            try output.show(.debts(schedule.debts, now: schedule.at))
        }
    }

    struct Pay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pay",
            abstract: "Say how a debt was paid; trains go on."
        )

        @Argument(help: ArgumentHelp("The debt, such as shop-3/1.", valueName: "debt"))
        var debt: String

        @Option(help: ArgumentHelp("How it was paid, such as the change that did it.", valueName: "words"))
        var note: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().payDebt(debt, note: note)
            try output.show(outcome, "\(debt) is paid", alreadyDone: "\(debt) was paid already")
        }
    }
}

struct AlarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm",
        abstract: "List what should have happened and has not, and clear it.",
        subcommands: [List.self, Clear.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List alarms and undelivered notices, the oldest first."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.alarms(await controller.client().schedule()))
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clear",
            abstract: "Clear an alarm that has been seen to.",
            discussion: "Most clear themselves when what they miss comes."
        )

        @Argument(help: ArgumentHelp("The kind, as `alarm list` shows it.", valueName: "kind"))
        var kind: Alarm.Kind

        @Argument(help: ArgumentHelp("What it is about.", valueName: "subject"))
        var subject: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().clearAlarm(kind, subject: subject)
            try output.show(outcome, "cleared", alreadyDone: "it was cleared already")
        }
    }
}

extension Alarm.Kind: ExpressibleByArgument {}

struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Let nothing start: of one plan or of all, for a time or until it is lifted.",
        subcommands: [Declare.self, Lift.self, List.self],
        defaultSubcommand: Declare.self
    )

    struct Declare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "declare",
            abstract: "Declare a freeze. What runs goes on; nothing new starts, and nothing ever fails by it."
        )

        @Argument(help: ArgumentHelp("The plan; else every plan.", valueName: "plan"))
        var plan: PlanName?

        @Option(help: ArgumentHelp("When it ends: \(Moment.form); else when it is lifted.", valueName: "time"))
        var until: Moment?

        @Option(help: ArgumentHelp("Why; everybody it holds reads it.", valueName: "words"))
        var reason: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let end = until?.instant(from: WallClock.now())
            let outcome = try await controller.client().freeze(plan, until: end, reason: reason)
            let words = plan.map { "plan \($0)" } ?? "everything"
            let time = end.map { "until \(TimeText.minute($0))" } ?? "until it is lifted"
            try output.show(outcome, "froze \(words) \(time)", alreadyDone: "\(words) was frozen already")
        }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "lift",
            abstract: "Lift a freeze that somebody declared."
        )

        @Argument(help: ArgumentHelp("The plan; else the freeze of every plan.", valueName: "plan"))
        var plan: PlanName?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().liftFreeze(plan)
            try output.show(outcome, "lifted", alreadyDone: "nothing was frozen")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the freezes that hold now."
        )

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.freezes(await controller.client().schedule().freezes))
        }
    }
}

struct OncallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "oncall",
        abstract: "Show who is on call, and let somebody stand in.",
        subcommands: [Show.self, Override.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show each rotation of the registered plans: who now, until when, who next."
        )

        @Argument(help: ArgumentHelp("A rotation's name; else all.", valueName: "rotation"))
        var rotation: RotationName?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let schedule = try await controller.client().schedule()
            try output.show(.oncall(schedule, rotation))
        }
    }

    struct Override: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "override",
            abstract: "Put somebody on call for a time, whoever's turn it is."
        )

        @Argument(help: ArgumentHelp("The rotation.", valueName: "rotation"))
        var rotation: RotationName

        @Argument(help: ArgumentHelp("Who stands in.", valueName: "person"))
        var person: PersonName

        @Option(help: ArgumentHelp("When it begins: \(Moment.form); else now.", valueName: "time"))
        var from: Moment?

        @Option(help: ArgumentHelp("When it ends.", valueName: "time"))
        var to: Moment

        @Option(help: ArgumentHelp("Why; everybody sees it.", valueName: "words"))
        var reason: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let now = WallClock.now()
            let (begin, end) = (from?.instant(from: now) ?? now, to.instant(from: now))
            let outcome = try await controller.client().overrideOncall(
                rotation,
                person,
                from: begin,
                to: end,
                reason: reason
            )
            let words = "\(person) is on call for \(rotation) until \(TimeText.minute(end))"
            try output.show(outcome, words, alreadyDone: words)
        }
    }
}
