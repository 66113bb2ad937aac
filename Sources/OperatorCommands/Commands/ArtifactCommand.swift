import ArgumentParser
import Bundles
import Foundation
import StructuredText
import TimeAndChance
import TrainModel

struct ArtifactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Push and list what can be deployed.",
        subcommands: [Push.self, Register.self, List.self]
    )

    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "push",
            abstract: "Pack a folder into a bundle and push it under a version.",
            discussion: "The same files give the same bytes and digest. A version that is there already never changes."
        )

        @Argument(
            help: ArgumentHelp("The folder, with its wavetrain.yaml.", valueName: "folder"),
            completion: .directory
        )
        var folder: String

        @Option(help: ArgumentHelp("The version to push it under; \(Version.rule).", valueName: "version"))
        var version: Version

        @Option(help: ArgumentHelp("The artifact's name; else the manifest's service.", valueName: "name"))
        var name: ArtifactName?

        @OptionGroup var origin: OriginOptions
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = try controller.client()
            let source = try origin.source()
            let file = try NamelessFile()
            let bundle = try pack(into: file)
            guard let name = name ?? ArtifactName(bundle.manifest.service.text) else {
                throw CommandFailure(.usage, "the manifest's service gives no name", remedy: "give --name")
            }
            let outcome = try await client.push(
                name: name,
                version: version,
                file: file.path,
                length_bytes: bundle.length_bytes,
                digest: bundle.digest,
                source: source
            )
            let words = "\(name) \(version)   \(bundle.length_bytes) bytes   sha256 \(bundle.digest)"
            let answer = JSONValue.object([
                "name": .string(name.text), "version": .string(version.text), "digest": .string(bundle.digest.hex),
                "length_bytes": .integer(Int64(bundle.length_bytes)), "outcome": .string(outcome.outcome.rawValue),
            ])
            let sentence = outcome.outcome == .done ? "pushed \(words)" : "there already: \(words)"
            try output.show(.done(sentence: sentence, answer))
        }

        private func pack(into file: NamelessFile) throws -> PackedBundle {
            do {
                return try BundlePacker.pack(folder: folder, into: file.descriptor)
            } catch {
                throw CommandFailure("\(folder) cannot be packed: \(error)")
            }
        }
    }

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "register",
            abstract: "Name an artifact that a recipe brings, such as an image of a registry.",
            discussion: "Wavetrain carries none of its bytes. A version that is there already never changes."
        )

        @Argument(help: ArgumentHelp("The artifact's name.", valueName: "name"))
        var name: ArtifactName

        @Argument(help: ArgumentHelp("Its version; \(Version.rule).", valueName: "version"))
        var version: Version

        @Option(help: ArgumentHelp("SHA-256 of what the recipe deploys.", valueName: "digest"))
        var digest: Digest

        @Option(
            help: ArgumentHelp("Where it is, such as registry.example.com/web@sha256:….", valueName: "reference")
        )
        var reference: String

        @OptionGroup var origin: OriginOptions
        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let outcome = try await controller.client().register(
                name: name,
                version: version,
                digest: digest,
                reference: reference,
                source: origin.source()
            )
            let words = "\(name) \(version)   \(reference)"
            try output.show(outcome, "registered \(words)", alreadyDone: "there already: \(words)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List what has been pushed.")

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.artifacts(await controller.client().artifacts()))
        }
    }
}

/// Where an artifact comes from.
struct OriginOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The branch it was built on.", valueName: "branch"))
    var branch = ""

    @Option(help: ArgumentHelp("The commit it was built from.", valueName: "commit"))
    var commit = ""

    @Option(help: ArgumentHelp("When it was built: \(Moment.form).", valueName: "time"))
    var built: Moment?

    @Option(
        help: ArgumentHelp(
            "JSON: a list of the changes since the version before, each with id, author, title and ticket.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var changes: String?

    func source() throws -> ArtifactSource {
        var source = ArtifactSource()
        source.branch = branch
        source.commit = commit
        source.built = built?.instant(from: WallClock.now())
        source.changes = try changes.map(ChangesFile.read) ?? []
        return source
    }
}

/// A list of changes, as CI systems can write it from a repository's log.
private enum ChangesFile {
    private static let bytes_max = 4 << 20
    private static let changes_max = 2_000

    static func read(_ path: String) throws -> [Change] {
        let bytes = try LocalFile.read(path, bytes_max: bytes_max, remedy: "name a file with a list of changes")
        let problems = ProblemCollector()
        let limits = TextLimits(bytes_max: bytes_max, depth_max: 4)
        let node = JSONText.read(bytes, file: path, limits: limits, problems)
        let changes = node.flatMap {
            Shape<[Change]>.list(of: .change, count: 0...changes_max).read($0, "the file", problems)
        }
        if let found = problems.problems {
            throw CommandFailure("\(path) is no list of changes", problems: found.all)
        }
        return changes ?? []
    }
}

extension Shape where Value == Change {
    fileprivate static var change: Shape {
        .mapping { fields in
            let id = fields.string("id")
            let author = fields.value("author", .anyString, default: "")
            let title = fields.value("title", .anyString, default: "")
            let ticket = fields.value("ticket", .anyString, default: "")
            return id.map { Change(id: $0, author: author, title: title, ticket: ticket) }
        }
    }
}
