import CTestSupport
import Foundation
import Glibc

/// A program that nobody here wrote, in a process of its own: what the tests use of Foundation's `Process`.
///
/// Foundation's own reads every name in `/proc/self/fd` as a whole `dirent`, beyond the end of the kernel's buffer once
/// a process holds some 1,300 descriptors, as a run of all suites side by side may; and its children inherit the
/// signals that Swift's threads block.
///
/// Set everything before `run()`; after it only the exit changes, guarded by `ended`.
public final class ForeignProcess: @unchecked Sendable {
    public struct NotStarted: Error, CustomStringConvertible {
        public let description: String
    }

    public var executableURL = URL(fileURLWithPath: "/usr/bin/env")
    public var arguments: [String] = []
    public var environment = ProcessInfo.processInfo.environment
    public var currentDirectoryURL: URL?
    /// A `FileHandle` or a `Pipe`; nil: this process's own.
    public var standardInput: Any?
    public var standardOutput: Any?
    public var standardError: Any?
    public var terminationHandler: (@Sendable (ForeignProcess) -> Void)?
    public private(set) var processIdentifier: pid_t = 0

    private let ended = NSCondition()
    private var status: Int32?

    public init() {}

    public var isRunning: Bool { ended.withLock { processIdentifier != 0 && status == nil } }

    /// The exit status; of what a signal has ended, the signal. Only after the end.
    public var terminationStatus: Int32 { ended.withLock { status ?? -1 } }

    public func run() throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in [standardInput, standardOutput, standardError].enumerated() {
            guard let descriptor = childEnd(of: stream, reads: target == 0) else { continue }
            if descriptor >= 0 {
                posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", O_RDWR, 0)
            }
        }
        // What other tests have open is nobody's business in the child, and a pipe's end kept there would never end.
        spawn_closing_from(&actions, 3)
        if let folder = currentDirectoryURL { spawn_in_folder(&actions, folder.path) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = CStrings([executableURL.path] + arguments)
        let settings = CStrings(environment.map { "\($0)=\($1)" })
        let code = posix_spawn(
            &processIdentifier,
            executableURL.path,
            &actions,
            &attributes,
            words.pointers,
            settings.pointers
        )
        closeChildEnds()
        guard code == 0 else {
            throw NotStarted(description: "\(executableURL.path): \(String(cString: strerror(code)))")
        }
        Thread.detachNewThread { self.reap() }
    }

    public func waitUntilExit() {
        ended.withLock {
            while status == nil { ended.wait() }
        }
    }

    public func terminate() {
        if isRunning { kill(processIdentifier, SIGTERM) }
    }

    private func reap() {
        var word: Int32 = 0
        while waitpid(processIdentifier, &word, 0) < 0, errno == EINTR {}
        let signal = word & 0x7f
        ended.withLock {
            status = signal == 0 ? (word >> 8) & 0xff : signal
            ended.broadcast()
        }
        terminationHandler?(self)
    }

    /// -1 for `FileHandle.nullDevice`, which has no descriptor; nil: this process's own.
    private func childEnd(of stream: Any?, reads: Bool) -> Int32? {
        switch stream {
        case let pipe as Pipe: (reads ? pipe.fileHandleForReading : pipe.fileHandleForWriting).fileDescriptor
        case let handle as FileHandle: handle === FileHandle.nullDevice ? -1 : handle.fileDescriptor
        default: nil
        }
    }

    private func closeChildEnds() {
        (standardInput as? Pipe)?.fileHandleForReading.closeFile()
        (standardOutput as? Pipe)?.fileHandleForWriting.closeFile()
        guard let errors = standardError as? Pipe, errors !== standardOutput as? Pipe else { return }
        errors.fileHandleForWriting.closeFile()
    }
}

extension ForeignProcess {
    /// What a program prints that is given an input, once it has ended.
    public static func output(of command: [String], given input: String) throws -> Data {
        let process = ForeignProcess()
        process.arguments = command
        let (heard, said) = (Pipe(), Pipe())
        process.standardInput = heard
        process.standardOutput = said
        try process.run()
        try heard.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try heard.fileHandleForWriting.close()
        let printed = try said.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return printed
    }
}

/// Null-terminated texts in a null-terminated row, as C wants arguments and settings.
private final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { (pointers + index).initialize(to: strdup(text)) }
        (pointers + texts.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
