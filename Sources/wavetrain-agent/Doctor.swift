import AgentService
import ArgumentParser

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that the agent needs on this host, and say what to do.",
        discussion: "Changes nothing, and may run beside the agent. Ends with 1 where something must be done."
    )

    @OptionGroup var configured: Configured
    @Flag(help: "Leave out what needs the controller.")
    var offline = false
    @OptionGroup var output: OutputChoice

    func run() async throws {
        let report = await HostDoctor.examine(configured.config, isOffline: offline)
        print(output.text(of: report))
        if report.hasFailed { throw ExitCode(1) }
    }
}
