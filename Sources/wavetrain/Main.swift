import Glibc
import OperatorCommands

@main
enum Main {
    static func main() async {
        // A reader that goes away (`wavetrain release list | head -1`) ends a write with EPIPE, not the process.
        signal(SIGPIPE, SIG_IGN)
        exit(await WavetrainCommand.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
