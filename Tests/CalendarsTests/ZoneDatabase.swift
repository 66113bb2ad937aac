import Calendars
import Foundation
import TestSupport
import Testing

/// The time zone database of this machine.
enum ZoneDatabase {
    static let folder = URL(fileURLWithPath: "/usr/share/zoneinfo")

    static func zone(_ name: String) throws -> Zone { try Zone(name: name, file: bytes(name)) }

    static func bytes(_ name: String, in folder: URL = folder) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appendingPathComponent(name)))
    }

    /// The zones that people live by, as the database itself lists them.
    static func names() throws -> [String] {
        let table = try String(contentsOf: folder.appendingPathComponent("zone1970.tab"), encoding: .utf8)
        return table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            String($0.split(separator: "\t")[2])
        }
    }
}

/// What a command prints; throws where it fails.
func output(of command: [String], environment: [String: String] = [:], input: String = "") throws -> String {
    let inputFile = try TemporaryFolder()
    let file = inputFile.url.appendingPathComponent("input")
    try Data(input.utf8).write(to: file)
    let process = ForeignProcess()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: file)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
}

/// A folder that is removed with its owner.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("calendars-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
