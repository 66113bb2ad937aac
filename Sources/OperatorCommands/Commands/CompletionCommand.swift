import ArgumentParser

struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script of a shell.",
        discussion: "For bash: wavetrain completion bash > ~/.local/share/bash-completion/completions/wavetrain"
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: WavetrainCommand.completionScript(for: .bash)
            case .zsh: WavetrainCommand.completionScript(for: .zsh)
            case .fish: WavetrainCommand.completionScript(for: .fish)
            }
        try StandardOutput.write(script)
    }
}
