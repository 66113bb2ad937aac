import Foundation

/// A program that operators install, as this build has made it.
public struct BuiltProgram: Sendable {
    public struct NotBuilt: Error, CustomStringConvertible {
        public let description: String
    }

    /// It ended, or will never say what was waited for.
    public struct NeverSaid: Error, CustomStringConvertible {
        public let description: String
    }

    private let process = ForeignProcess()
    private let lines: AsyncStream<String>

    /// Tests are a program in the same folder.
    public static func path(of name: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NotBuilt(description: "\(path) is not there; `swift build` makes it")
        }
        return path
    }

    /// Starts it; `lines` of its standard error can be waited for.
    ///
    /// - Parameter input: what it reads; nothing else comes.
    public init(_ name: String, _ arguments: [String], input: String = "") throws {
        process.executableURL = URL(fileURLWithPath: try Self.path(of: name))
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

    public var pid: Int32 { process.processIdentifier }

    /// The next line that holds `words`; every line is looked at once.
    public func line(with words: String) async throws -> String {
        guard let line = await lines.first(where: { $0.contains(words) }) else {
            throw NeverSaid(description: "it never says: \(words)")
        }
        return line
    }

    /// - Returns: the exit status; of what a signal has ended, the signal.
    public func ended() async -> Int32 {
        for await _ in lines {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    public func kill() async {
        Foundation.kill(process.processIdentifier, SIGKILL)
        _ = await ended()
    }

    /// Kills it, and returns when it is gone.
    public func end() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
