import ArgumentParser
import PlanLanguage
import StructuredText
import TrainModel

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Check plans.",
        subcommands: [Check.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compile a plan here, without a controller, and say what it holds or everything that is wrong."
        )

        @Argument(help: ArgumentHelp("The plan.", valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
        var file: String

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let source = try PlanFile.read(file)
            switch PlanCompiler.compile(source: source, file: file) {
            case .success(let compiled):
                let plan = compiled.plan
                let waves = plan.stages.flatMap(\.waves)
                let sentence =
                    "\(file): plan \(plan.name) is sound: \(plan.services.count.counted("service")), "
                    + "\(waves.count.counted("wave")), \(Set(waves.flatMap(\.regions)).count.counted("region")); "
                    + "digest \(compiled.digest.prefix)"
                let answer = JSONValue.object([
                    "plan": .string(plan.name.text), "digest": .string(compiled.digest.hex),
                ])
                try output.show(.done(sentence: sentence, answer))
            case .failure(let problems):
                throw PlanFile.failure(file, problems)
            }
        }
    }
}

enum PlanFile {
    static let bytes_max = 1 << 20

    static func read(_ path: String) throws -> [UInt8] {
        try LocalFile.read(path, bytes_max: bytes_max, remedy: "name a plan's file, such as plan.yaml")
    }

    static func failure(_ file: String, _ problems: Problems) -> CommandFailure {
        let count = problems.all.count + problems.omitted_count
        return CommandFailure("\(file) has \(count.counted("mistake"))", problems: problems.all)
    }
}
