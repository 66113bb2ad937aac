import Foundation
import TestSupport
import Testing
import Zlib

/// The `gzip` command on the other side.
@Suite struct ForeignPeerTests {
    @Test(arguments: [0, 1, 1_000, 300_000])
    func `gzip reads what we write`(count: Int) throws {
        let bytes = sampleBytes(seed: 11, count: count)
        let compressed = try Deflate.compress(bytes, format: .gzip)
        #expect(try gzip(["-dc"], input: compressed) == bytes)
    }

    @Test(arguments: ["-1", "-6", "-9"], [0, 1, 1_000, 300_000])
    func `we read what gzip writes`(level: String, count: Int) throws {
        let bytes = sampleBytes(seed: 12, count: count)
        let compressed = try gzip(["-c", level], input: bytes)
        #expect(try Inflate.expand(compressed, format: .gzip, limits: ample) == bytes)
    }

    private func gzip(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zlib-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let inputFile = folder.appending(path: "input")
        let outputFile = folder.appending(path: "output")
        try Data(input).write(to: inputFile)
        try Data().write(to: outputFile)
        let process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try Array(Data(contentsOf: outputFile))
    }
}
