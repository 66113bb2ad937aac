import CSpawn
import Glibc

/// A program to be run to its end, with nothing of this process: not its environment, descriptors or input.
public struct Program: Sendable {
    public static let searchPath = CSPAWN_SEARCH_PATH

    /// The program and its arguments. One without a slash is looked for in `searchPath`. Never empty.
    public var command: [String]

    /// All of it.
    public var environment: [String: String]

    /// Where it runs.
    public var folder: String

    /// From its start until its whole process group is ended; more than zero.
    public var timeout_ms: Int

    /// A program that prints more is ended.
    public var outputBytes_max: Int

    public init(
        _ command: [String],
        environment: [String: String] = [:],
        folder: String = "/",
        timeout_ms: Int,
        outputBytes_max: Int = 1 << 20
    ) {
        precondition(!command.isEmpty, "a program has a name")
        self.command = command
        self.environment = environment
        self.folder = folder
        self.timeout_ms = timeout_ms
        self.outputBytes_max = outputBytes_max
    }

    /// Runs it in a session and process group of its own, on a thread of its own that ends with it. However it ends (by
    /// itself, by a limit, by cancelling the task), its whole process group ends with it; when this process is killed,
    /// the kernel kills the program.
    public func run() async -> ProgramResult {
        do {
            let cancellation = try DescriptorPair()
            return await withTaskCancellationHandler {
                await ProgramThread.run { RunningProgram.run(self, cancellation: cancellation) }
            } onCancel: {
                cancellation.closeWriting()
            }
        } catch {
            return ProgramResult(end: .notStarted(error.reason))
        }
    }
}

/// How a program ended and what it printed.
public struct ProgramResult: Sendable {
    public enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        /// It printed more than it may.
        case tooMuchOutput
        case cancelled
        /// The system's reason.
        case notStarted(String)
    }

    public let end: End

    /// Its standard output, at most as much as was allowed.
    public let output: [UInt8]

    /// The end of its standard error, at most `errorBytes_max`.
    public let errors: [UInt8]

    public static let errorBytes_max = 1_024

    init(end: End, output: [UInt8] = [], errors: [UInt8] = []) {
        self.end = end
        self.output = output
        self.errors = errors
    }

    public var hasPassed: Bool { end == .exited(0) }

    /// What went wrong, in words that follow the program's name; nil when nothing did.
    public func failure(of program: Program) -> String? {
        switch end {
        case .exited(0): nil
        case .exited(let status): "ended with exit status \(status)\(lastError.map { ": \($0)" } ?? "")"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .timedOut: "did not end within \(program.timeout_ms) ms"
        case .tooMuchOutput: "printed more than \(program.outputBytes_max) bytes"
        case .cancelled: "was cancelled"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }

    /// The last line of its standard error that says something.
    private var lastError: String? {
        errors.split(separator: UInt8(ascii: "\n")).last { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The system refused something; its own words.
struct SystemRefusal: Error {
    let reason: String

    init(_ number: Int32) { reason = String(cString: strerror(number)) }
}
