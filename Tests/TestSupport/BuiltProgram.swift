import Foundation
import Synchronization
import TestSupport
import Testing

/// The programs that operators install, as this build has made them.
struct Program {
    private struct NotBuilt: Error, CustomStringConvertible {
        let description: String
    }

    private let process = ForeignProcess()
    private let lines: AsyncStream<String>

    /// Starts it; `lines` of its standard error can be waited for.
    ///
    /// - Parameter input: what it reads; nothing else comes.
    init(_ name: String, _ arguments: [String], input: String = "") throws {
        // Tests are a program in the same folder.
        let folder = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: folder).deletingLastPathComponent().appendingPathComponent(name)
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw NotBuilt(description: "\(program.path) is not there; `swift build` makes it")
        }
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        let (said, heard) = (Pipe(), Pipe())
        process.standardError = said
        process.standardInput = heard
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        try process.run()
        try heard.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try heard.fileHandleForWriting.close()
        Thread.detachNewThread {
            var rest = Data()
            while case let piece = said.fileHandleForReading.availableData, !piece.isEmpty {
                rest += piece
                while let end = rest.firstIndex(of: 0x0a) {
                    line.yield(String(decoding: rest[..<end], as: UTF8.self))
                    rest = Data(rest[rest.index(after: end)...])
                }
            }
            line.finish()
        }
    }

    /// The next line that holds `words`; every line is looked at once.
    func line(with words: String) async throws -> String {
        try #require(await lines.first { $0.contains(words) }, "it never says: \(words)")
    }

    /// - Returns: the exit status; of what a signal has ended, the signal.
    func ended() async -> Int32 {
        for await _ in lines {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        _ = await ended()
    }
}
