import Foundation
import Glibc
import TestSupport
import Testing

/// A program that nobody here wrote, in a folder and on a port of its own. Ends with its last reference.
final class Counterpart {
    let folder: Scratch
    let port: Int
    private let process: ForeignProcess
    private let output: Pipe

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameters:
    ///   - sign: what stands right before the port in a line that it prints once it listens.
    ///   - package: what to install where the program is not there.
    init(
        _ program: String,
        _ arguments: [String],
        in folder: Scratch,
        environment: [String: String] = [:],
        listensWith sign: String,
        package: String
    ) throws {
        guard let path = Self.path(of: program) else {
            throw Missing(description: "\(program) is not installed: \(package), or let `make test` do it")
        }
        self.folder = folder
        process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "PYTHONUNBUFFERED": "1"]
            .merging(environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        do {
            port = try Self.port(behind: sign, in: output)
        } catch {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw error
        }
        // Whatever else it says must not fill the pipe.
        let rest = output.fileHandleForReading
        Thread.detachNewThread { while !rest.availableData.isEmpty {} }
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    var authority: String { "127.0.0.1:\(port)" }
    var origin: String { "http://\(authority)" }

    /// Reads what it says until it names its port.
    private static func port(behind sign: String, in output: Pipe) throws -> Int {
        var said = ""
        while true {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw Missing(description: "it ended: \(said.suffix(2_000))") }
            said += String(decoding: bytes, as: UTF8.self)
            guard let place = said.range(of: sign)?.upperBound else { continue }
            let digits = said[place...].prefix(while: \.isNumber)
            // The number is whole only when something stands behind it.
            if digits.endIndex < said.endIndex, let port = Int(digits), port > 0 { return port }
        }
    }

    /// Where a program is: the machine's own, or the one that tools/install-counterparts has unpacked.
    static func path(of program: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let folders = ["/usr/bin", "/usr/local/bin", "/bin", "\(PythonPrograms.folder)/debian/usr/bin"]
        return folders.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}

/// The Python programs that tools/install-counterparts has installed.
enum PythonPrograms {
    static let package = "tools/install-counterparts .build/counterparts"

    /// Of the repository; WAVETRAIN_COUNTERPARTS names another.
    static let folder =
        ProcessInfo.processInfo.environment["WAVETRAIN_COUNTERPARTS"]
        ?? Cluster.repository.appendingPathComponent(".build/counterparts").path

    static func path(_ program: String) -> String { "\(folder)/bin/\(program)" }
}

/// A folder of its own for each test, removed with all in it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "counterpart-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) stays: \(error)") }
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        return file
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}

@Suite struct CounterpartTests {
    @Test func `a counterpart that is not there says how to install it`() throws {
        #expect {
            _ = try Counterpart("nowhere", [], in: Scratch(), listensWith: ":", package: "apt-get install nowhere")
        } throws: { error in
            "\(error)" == "nowhere is not installed: apt-get install nowhere, or let `make test` do it"
        }
    }
}
