import ArgumentParser
import Foundation
import Testing

@testable import OperatorCommands

/// `docs/cli.md` beside the program: what one knows, the other knows.
@Suite struct CommandPageTests {
    /// A command of the program with what stands below it.
    private struct Command {
        let path: String
        let type: any ParsableCommand.Type

        var subcommands: [Command] {
            type.configuration.subcommands.map { below in
                let name = below.configuration.commandName ?? below._commandName
                return Command(path: path.isEmpty ? name : "\(path) \(name)", type: below)
            }
        }

        /// Those that do something.
        var leaves: [Command] { subcommands.isEmpty ? [self] : subcommands.flatMap(\.leaves) }

        var options: Set<String> {
            Set(WavetrainCommand.helpMessage(for: type).matches(of: CommandPageTests.option).map { String($0.1) })
        }

        /// What is meant where none of the subcommands is named.
        private var byDefault: Command? {
            type.configuration.defaultSubcommand.flatMap { meant in subcommands.first { $0.type == meant } }
        }

        /// The commands that words such as `release show|notes RELEASE` name; nil where a word names none.
        func named(_ words: ArraySlice<Substring>) -> [Command]? {
            let below = subcommands
            guard !below.isEmpty, let first = words.first, !first.hasPrefix("-") else { return [self] }
            guard first.contains(where: \.isLowercase) else { return byDefault.map { [$0] } }
            let found = first.split(separator: "|").map { word in below.first { $0.path.hasSuffix(word) } }
            guard !found.contains(where: { $0 == nil }) else { return nil }
            let deeper = found.compactMap { $0?.named(words.dropFirst()) }
            return deeper.count == found.count ? deeper.flatMap(\.self) : nil
        }
    }

    private static var option: Regex<(Substring, Substring)> { /(?:^|[^A-Za-z0-9-])(--[a-z][a-z-]*)/ }
    private static let program = Command(path: "", type: WavetrainCommand.self)

    private let page: String
    /// One command a line, as the page begins.
    private let lines: [String]

    init() throws {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../docs/cli.md").standardized
        page = try String(contentsOf: file, encoding: .utf8)
        let block = try #require(page.firstMatch(of: /```\n(?<lines>(?s:.*?))```/)).lines
        lines = block.replacing(/\n +/, with: " ").split(separator: "\n").map(String.init)
    }

    @Test func `every command and option on the page exists`() throws {
        #expect(lines.count > 40)
        for line in lines {
            let words = line.split(separator: " ")
            try #require(words.first == "wavetrain", "\(line)")
            let commands = try #require(Self.program.named(words.dropFirst()), "\(line)")
            for option in line.matches(of: Self.option).map({ String($0.1) }) {
                for command in commands { #expect(command.options.contains(option), "\(option) of \(command.path)") }
            }
        }
    }

    @Test func `every command of the program is on the page`() {
        let named = Set(
            lines.compactMap { Self.program.named($0.split(separator: " ").dropFirst()) }.joined().map(\.path)
        )
        for command in Self.program.leaves { #expect(named.contains(command.path), "\(command.path)") }
        #expect(lines.contains("wavetrain --version"))
    }

    @Test func `every command and option that the text speaks of exists`() {
        let names = Self.program.subcommands.map(\.path)
        for quoted in page.matches(of: /`([a-z][^`\n]*)`/).map({ $0.1.split(separator: " ") }) {
            guard let first = quoted.first, names.contains(String(first)) else { continue }
            #expect(Self.program.named(quoted[...]) != nil, "\(quoted)")
        }
        let known = Self.program.leaves.reduce(into: Self.program.options) { $0.formUnion($1.options) }
        for option in Set(page.matches(of: Self.option).map { String($0.1) }) {
            #expect(known.contains(option), "\(option)")
        }
    }
}
