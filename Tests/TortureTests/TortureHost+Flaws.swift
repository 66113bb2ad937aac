import Foundation

/// What people and disks do to a host while no agent runs.
extension TortureHost {
    func configuration() throws -> String { try String(contentsOfFile: configurationPath, encoding: .utf8) }

    func setConfiguration(_ text: String) throws {
        try? FileManager.default.removeItem(atPath: configurationPath)
        try text.write(toFile: configurationPath, atomically: true, encoding: .utf8)
    }

    func addToConfiguration(_ line: String) throws { try setConfiguration(configuration() + "\n\(line)\n") }

    /// Of something under the root, or beside it.
    private func path(_ name: String) -> String { "\(root)/\(name)" }

    func setMode(_ name: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    func giveAway(_ name: String) throws {
        try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: path(name))
    }

    func change(_ name: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path(name)))
        body(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path(name)))
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

    func replaceByFolder(_ name: String) throws {
        try remove(name)
        try FileManager.default.createDirectory(atPath: path(name) + "/inside", withIntermediateDirectories: true)
    }

    func link(_ name: String, to target: String) throws {
        try remove(name)
        try makeLink(name, to: target)
    }

    /// The folder of a version of the service.
    func release(of version: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: path("services/cache/releases"))
        return names.first { $0.hasPrefix("\(version)-") } ?? ""
    }

    func makeLink(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }
}
