import ArgumentParser
import Bundles
import Foundation
import StructuredText
import TrainModel

struct ArtifactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Push and list what can be deployed.",
        subcommands: [Push.self, List.self]
    )

    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
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

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let client = try controller.client()
            let place = FileManager.default.temporaryDirectory.appendingPathComponent("wavetrain-\(UUID().uuidString)")
                .path
            defer { unlink(place) }
            let bundle = try pack(to: place)
            guard let name = name ?? ArtifactName(bundle.manifest.service.text) else {
                throw CommandFailure(.usage, "the manifest's service gives no name", remedy: "give --name")
            }
            let outcome = try await client.push(name: name, version: version, file: place, digest: bundle.digest)
            let words = "\(name) \(version)   \(bundle.length_bytes) bytes   sha256 \(bundle.digest)"
            let answer = JSONValue.object([
                "name": .string(name.text), "version": .string(version.text), "digest": .string(bundle.digest.hex),
                "length_bytes": .integer(Int64(bundle.length_bytes)), "outcome": .string(outcome.outcome.rawValue),
            ])
            let sentence = outcome.outcome == .done ? "pushed \(words)" : "there already: \(words)"
            try output.show(.done(sentence: sentence, answer))
        }

        private func pack(to place: String) throws -> PackedBundle {
            do {
                return try BundlePacker.pack(folder: folder, to: place)
            } catch {
                throw CommandFailure("\(folder) cannot be packed: \(error)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what has been pushed.")

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            try output.show(.artifacts(await controller.client().artifacts()))
        }
    }
}
