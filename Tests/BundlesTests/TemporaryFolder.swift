import Foundation
import Glibc
import TestSupport

/// A folder of its own for each test, removed with all in it.
final class TemporaryFolder {
    let path: String

    /// In memory where there is such a place: these tests synchronise thousands of files.
    private static let parent =
        FileManager.default.isWritableFile(atPath: "/dev/shm")
        ? "/dev/shm" : FileManager.default.temporaryDirectory.path

    init() throws {
        path = "\(Self.parent)/bundles-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
        let folder = path(name).split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/"
        )
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        guard chmod(path(name), mode) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    func link(_ name: String, to target: String) throws {
        guard symlink(target, path(name)) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    func names(in name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }

    /// Every path below, sorted, with what it is: `f644 a/b`, `d755 a`, `l a/c -> b`, and files with their content.
    func listing(of name: String) throws -> [String] {
        let root = path(name)
        return try FileManager.default.subpathsOfDirectory(atPath: root).sorted().map { sub in
            var status = stat()
            guard lstat("\(root)/\(sub)", &status) == 0 else { throw CocoaError(.fileReadUnknown) }
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                let content = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(sub)"))
                return "f\(mode) \(sub) \(content.base64EncodedString())"
            case S_IFDIR: return "d\(mode) \(sub)"
            case S_IFLNK:
                return try "l \(sub) -> \(FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(sub)"))"
            default: return "special \(sub)"
            }
        }
    }
}

/// Runs a command to its end; its standard output, and a failure where it fails.
func run(_ command: String...) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write("output", "")
    let process = ForeignProcess()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("output")))
    try process.run()
    process.waitUntilExit()
    struct Failure: Error { let command: [String], status: Int32 }
    guard process.terminationStatus == 0 else { throw Failure(command: command, status: process.terminationStatus) }
    return try String(decoding: folder.read("output"), as: UTF8.self)
}
