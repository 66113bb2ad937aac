import ArgumentParser
import StructuredText
import TimeAndChance
import TrainModel

struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Attest facts about artifacts and changes; list and revoke what was attested.",
        subcommands: [Attest.self, List.self, Revoke.self]
    )

    struct Attest: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "attest",
            abstract: "Say something about an artifact or a change that gates can ask for.",
            usage: """
                wavetrain evidence attest ARTIFACT VERSION PREDICATE [KEY=VALUE …]
                wavetrain evidence attest --change ID PREDICATE [KEY=VALUE …]
                wavetrain evidence attest --file STATEMENT.json [PREDICATE]
                """
        )

        @Argument(help: ArgumentHelp("Artifact, version, predicate and fields, as above.", valueName: "words"))
        var words: [String] = []

        @Option(help: ArgumentHelp("The change that it is about.", valueName: "id"))
        var change: String?

        @Option(
            help: ArgumentHelp(
                "An in-toto statement: its subjects' SHA-256, its predicate's values as fields.",
                valueName: "file"
            ),
            completion: .file(extensions: ["json"])
        )
        var file: String?

        @Option(help: ArgumentHelp("When it was true: \(Moment.form); else now.", valueName: "time"))
        var about: Moment?

        @Option(help: ArgumentHelp("A link or a remark for people.", valueName: "words"))
        var note = ""

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = try controller.client()
            let statements = try statements()
            var outcomes: [Outcome] = []
            for statement in statements { outcomes.append(try await client.attest(statement)) }
            let isNews = outcomes.contains { $0.outcome == .done }
            let subjects = statements.map(\.subjectWords).joined(separator: ", ")
            let words = "\(statements.first?.predicate.text ?? "") of \(subjects)"
            let answer = JSONValue.object([
                "outcome": .string((isNews ? Outcome.Word.done : .alreadyDone).rawValue)
            ])
            try output.show(.done(sentence: isNews ? "attested \(words)" : "attested already: \(words)", answer))
        }

        private func statements() throws -> [Statement] {
            var rest = words[...]
            let time = about?.instant(from: WallClock.now())
            if let file {
                guard change == nil else { throw ValidationError("--file says itself what it is about.") }
                let name = try rest.popFirst().map(Self.predicate)
                guard rest.isEmpty else { throw ValidationError("A statement's file holds the fields itself.") }
                return try InTotoStatement.read(file, as: name, about: time, note: note)
            }
            let subject: Statement.Subject
            if let change {
                subject = .change(change)
            } else {
                guard rest.count >= 3, let name = ArtifactName(rest.removeFirst()),
                    let version = Version(rest.removeFirst())
                else { throw ValidationError("Say of which ARTIFACT and VERSION, or of which --change, and what.") }
                subject = .artifact(name, version)
            }
            guard let first = rest.popFirst() else { throw ValidationError("Name the PREDICATE.") }
            let fields = try rest.map { text in
                guard let field = KeyValue(argument: text) else {
                    throw ValidationError("\"\(text)\" is no field: write KEY=VALUE.")
                }
                return (field.key, field.value)
            }
            guard Set(fields.map(\.0)).count == fields.count else { throw ValidationError("A field is given twice.") }
            return [
                Statement(
                    subject: subject,
                    predicate: try Self.predicate(first),
                    fields: fields,
                    note: note,
                    about: time
                )
            ]
        }

        private static func predicate(_ text: String) throws -> PredicateName {
            guard let name = PredicateName(text) else {
                throw ValidationError("\"\(text)\" is no predicate: \(NameRule.sentence).")
            }
            return name
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List attestations, the newest first: of an artifact, of a change, or all."
        )

        @Argument(help: ArgumentHelp("The artifact.", valueName: "artifact"))
        var artifact: ArtifactName?

        @Argument(help: ArgumentHelp("Its version.", valueName: "version"))
        var version: Version?

        @Option(help: ArgumentHelp("The change.", valueName: "id"))
        var change: String?

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard (artifact == nil) == (version == nil) else {
                throw ValidationError("Give the artifact's version too.")
            }
            guard artifact == nil || change == nil else {
                throw ValidationError("Ask for an artifact or for a change.")
            }
        }

        func run() async throws {
            let of = artifact.flatMap { artifact in version.map { (artifact, $0) } }
            let found = try await controller.client().attestations(of: of, change: change)
            try output.show(.attestations(found))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Take an attestation back; decisions that rested on it are void."
        )

        @Argument(help: ArgumentHelp("The attestation's digest, as `evidence list` shows it.", valueName: "digest"))
        var id: Digest

        @OptionGroup var reason: ReasonOption
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().revokeAttestation(id, reason: reason.reason)
            try output.show(outcome, "revoked \(id.prefix)", alreadyDone: "\(id.prefix) was revoked already")
        }
    }
}
