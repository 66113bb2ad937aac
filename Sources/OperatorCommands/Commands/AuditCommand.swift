import ArgumentParser
import Cryptography
import EventStore
import Foundation
import HTTPCalls
import StructuredText
import TrainModel

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Export the controller's log, and prove an export without the controller.",
        subcommands: [Export.self, Verify.self]
    )

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Write the whole log to a new file, and its signed head to the same name with `.head`.",
            discussion: "The log is checked while it comes; a file is there only when it is complete and sound."
        )

        @Argument(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file())
        var file: String

        @OptionGroup var controller: ControllerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard file != "-" else { throw ValidationError("The log and its head are two files: give a name.") }
        }

        func run() async throws {
            let client = try controller.client()
            let log = try LocalFile(creating: file)
            let headFile = try LocalFile(creating: AuditExport.headPath(of: file))
            // The head first: the log that is read afterwards contains it.
            let headText = try await client.signedHead()
            let head = try AuditExport.head(in: headText)
            var reader = AuditReader(source: file, known: [head])
            let lines = try await client.auditLines()
            do {
                while let line = try await lines.next() {
                    _ = try reader.take(line + [0x0a])
                    try log.write(line + [0x0a])
                }
            } catch let error as HTTPCallError {
                throw client.connection.failure(error)
            }
            let report = try reader.finish()
            try AuditExport.requireIntact(report, file)
            try headFile.write(headText)
            try log.publish()
            try headFile.publish()
            let count = Int(clamping: report.record_count).counted("event")
            let sentence = "\(file): \(count) of \(report.cluster), intact; newest \(report.head)"
            try output.show(.done(sentence: sentence, AuditExport.json(report)))
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Prove an exported log: its chain, its signed head, and every receipt's signature.",
            discussion: """
                Without --controller-key the chain is proved up to its own end only: whoever can write the whole file \
                could have written it anew.
                """
        )

        @Argument(help: ArgumentHelp("The exported log.", valueName: "file"), completion: .file())
        var file: String

        @Option(
            help: ArgumentHelp(
                "The controller's public order key in PEM, from elsewhere than the export.",
                valueName: "file"
            ),
            completion: .file(extensions: ["pem"])
        )
        var controllerKey: String?

        @Option(help: ArgumentHelp("The signed head; else the log's name with `.head`.", valueName: "file"))
        var head: String?

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let signed = try signedHead()
            var proof = AuditProof(source: file, known: signed.map { [$0] } ?? [])
            try LocalFile.readPieces(file, remedy: "name a file that `wavetrain audit export` wrote") { piece in
                try proof.take(piece)
            }
            let result = try proof.finish()
            try AuditExport.requireIntact(result.report, file)
            guard result.faults.isEmpty else {
                throw CommandFailure(
                    ([("\(file): the chain is intact, but not every receipt is its host's")] + result.faults)
                        .joined(separator: "\n"),
                    remedy: "treat the hosts and the controller named there as broken or hostile"
                )
            }
            let vouched =
                signed.map { "signed by the controller up to event \($0.sequence)" }
                ?? "no signed head checked (--controller-key)"
            let sentence =
                "\(file): \(Int(clamping: result.report.record_count).counted("event")) of \(result.report.cluster), "
                + "intact; \(vouched); \(result.words); "
                + "newest \(result.report.head)"
            try output.show(.done(sentence: sentence, AuditExport.json(result, signed: signed)))
        }

        /// The head that the controller's key vouches for; nil without a key.
        private func signedHead() throws -> ChainHead? {
            guard let controllerKey else {
                guard head == nil else {
                    throw CommandFailure(.usage, "--head proves nothing without --controller-key")
                }
                return nil
            }
            let pem = try LocalFile.read(controllerKey, bytes_max: 65_536, remedy: "name the controller's public key")
            let key: PublicKey
            do {
                key = try PublicKey(pem: String(decoding: pem, as: UTF8.self))
            } catch {
                throw CommandFailure("\(controllerKey) holds no public key: \(error)")
            }
            let path = head ?? AuditExport.headPath(of: file)
            let text = try LocalFile.read(
                path,
                bytes_max: 65_536,
                remedy: "`wavetrain audit export` writes it beside the log"
            )
            return try AuditExport.head(in: text, file: path, signedBy: key)
        }
    }
}
