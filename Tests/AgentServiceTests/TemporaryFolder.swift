import FoundationEssentials
import Glibc

@testable import AgentService

/// A folder of its own for each test, gone with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/wavetrain-agent-tests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw AgentError.system(errno, "making a folder", "/tmp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        let file = "\(path)/\(name)"
        try Files.makeFolder(Files.parent(of: file))
        try Files.replace(file, with: Array(text.utf8), mode: mode)
    }

    func read(_ name: String) throws -> String? {
        try Files.read("\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }
}
