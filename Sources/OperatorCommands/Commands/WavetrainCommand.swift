import ArgumentParser
import Foundation
import Glibc
import TrainModel

/// The `wavetrain` command: everything an operator asks of a controller, and what can be checked without one.
public struct WavetrainCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "wavetrain",
        abstract: "Release software to many regions, wave by wave.",
        discussion: ExitStatus.help,
        version: Software.version,
        subcommands: [
            PlanCommand.self, RehearseCommand.self, ArtifactCommand.self, EvidenceCommand.self, ReleaseCommand.self,
            TrainCommand.self, CandidateCommand.self, FreezeCommand.self, OncallCommand.self, DebtCommand.self,
            AlarmCommand.self, FindCommand.self, AgentCommand.self, AuditCommand.self, CompletionCommand.self,
        ]
    )

    public init() {}

    /// Runs a command line and says how the process should exit. What went wrong is on standard error by then.
    public static func run(_ arguments: [String]) async -> ExitStatus {
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .ok
        } catch let failure as CommandFailure {
            return report("\(failure)\n", failure.status)
        } catch let outcome as WatchOutcome {
            return outcome.status
        } catch {
            return report(error)
        }
    }

    /// Help and mistakes in the command line, as the argument parser words them.
    private static func report(_ error: any Error) -> ExitStatus {
        let text = fullMessage(for: error) + "\n"
        switch exitCode(for: error) {
        case .success:
            do { try StandardOutput.write(text) } catch { return report("\(error)\n", .failed) }
            return .ok
        case .validationFailure: return report(text, .usage)
        default: return report("\(CommandFailure("\(error)"))\n", .failed)
        }
    }

    /// Standard error is the last place to say something; when it is gone too, the status has to do.
    private static func report(_ text: String, _ status: ExitStatus) -> ExitStatus {
        do { try StandardOutput.writeError(text) } catch {}
        return status
    }
}
