import AgentLink
import Bundles
import Foundation
import TestSupport
import TrainModel

/// A service of shell hooks that writes down each run of a hook before the hook does anything, and whose whole state is
/// a file that says which version runs.
struct TortureBundle: Sendable {
    let artifact: Artifact
    let file: BundleFile
    /// Of its chunks, so that what a host has is not fetched again.
    let index: BundleFile?
    /// Content by path, as the release must have it.
    let tree: [String: Data]

    /// - Parameters:
    ///   - failing: a hook that ends with 1.
    ///   - repeatable: hooks that may run again after a crash.
    init(
        _ version: String,
        of service: String = "cache",
        failing: String? = nil,
        repeatable: Set<String> = [],
        in folder: URL
    ) throws {
        let source = folder.appendingPathComponent("source-\(version)")
        try Self.write(to: source, service: service, mark: version, failing: failing, repeatable: repeatable)
        try self.init(packing: source, version, in: folder)
    }

    /// An agent as this build has made it.
    static func agent(_ version: String, in folder: URL) throws -> TortureBundle {
        let source = try agentSource(version, in: folder)
        let program = source.appendingPathComponent("bin/wavetrain-agent").path
        // Without what only a debugger reads it is a fifth as long.
        let built = try BuiltProgram.path(of: "wavetrain-agent")
        _ = try ForeignProcess.output(of: ["strip", "-o", program, built], given: "")
        return try TortureBundle(packing: source, version, isIndexed: false, in: folder)
    }

    /// An agent that passes its self-check, and ends as soon as it is started.
    static func brokenAgent(_ version: String, status: Int32, in folder: URL) throws -> TortureBundle {
        let source = try agentSource(version, in: folder)
        let program = source.appendingPathComponent("bin/wavetrain-agent")
        try Data("#!/bin/sh\n[ \"$1\" = self-check ] || exit \(status)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        return try TortureBundle(packing: source, version, in: folder)
    }

    private static func agentSource(_ version: String, in folder: URL) throws -> URL {
        let source = folder.appendingPathComponent("source-\(version)")
        try FileManager.default.createDirectory(
            at: source.appendingPathComponent("bin"),
            withIntermediateDirectories: true
        )
        try Data("wavetrain: 1\nservice: wavetrain-agent\n".utf8)
            .write(to: source.appendingPathComponent("wavetrain.yaml"))
        try Data(version.utf8).write(to: source.appendingPathComponent("version"))
        return source
    }

    /// - Parameter isIndexed: what is not, is fetched whole.
    private init(packing source: URL, _ version: String, isIndexed: Bool = true, in folder: URL) throws {
        tree = try Self.tree(of: source.path)
        let archive = folder.appendingPathComponent("\(version).bundle").path
        let packed = try BundlePacker.pack(folder: source.path, to: archive)
        artifact = Artifact(
            name: try Sample.name("cache"),
            version: try Sample.version(version),
            digest: packed.digest,
            length_bytes: UInt64(packed.length_bytes)
        )
        file = BundleFile(path: archive, length_bytes: UInt64(packed.length_bytes))
        index = try (isIndexed ? ChunkIndex.read(bundle: archive) : nil).map { index in
            let bytes = index.bytes
            try Data(bytes).write(to: URL(fileURLWithPath: archive + ".index"))
            return BundleFile(path: archive + ".index", length_bytes: UInt64(bytes.count))
        }
    }

    /// Every file below a folder.
    static func tree(of folder: String) throws -> [String: Data] {
        var tree: [String: Data] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
            if !isFolder.boolValue {
                tree[path] = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)"), options: .mappedIfSafe)
            }
        }
        return tree
    }

    /// What is handed out is not what the digest was made of.
    func spoil() throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
        for place in bytes.indices { bytes[place] ^= 1 }
        try bytes.write(to: URL(fileURLWithPath: file.path))
    }

    /// The same hooks serve as a recipe.
    static func write(
        to folder: URL,
        service: String,
        mark: String = "",
        failing: String? = nil,
        repeatable: Set<String> = []
    ) throws {
        let state = "$WAVETRAIN_HOST_VAR_STATE"
        let scripts = [
            "drain": "",
            "stop": "rm -f \(state)/running",
            "install": "",
            "start": "echo $WAVETRAIN_VERSION > \(state)/running",
            "verify": "echo wavetrain:version $(cat \(state)/running)",
        ]
        var tree: [String: Data] = [:]
        var manifest = "wavetrain: 1\nservice: \(service)\nhooks:\n"
        for (hook, script) in scripts.sorted(by: { $0.key < $1.key }) {
            let line = "$WAVETRAIN_GENERATION $WAVETRAIN_ACTION \(hook) $WAVETRAIN_VERSION"
            let end = hook == failing ? "exit 1" : script
            tree["bin/\(hook)"] = Data("#!/bin/sh\nset -e\necho \(line) >> \(state)/log\n\(end)\n".utf8)
            manifest += "  \(hook): { run: bin/\(hook), timeout: 20s, repeatable: \(repeatable.contains(hook)) }\n"
        }
        // Something that takes more than one write.
        tree["share/words"] = Data((0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
        tree["share/mark"] = Data(mark.utf8)
        tree["wavetrain.yaml"] = Data(manifest.utf8)
        for (path, content) in tree {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try content.write(to: file)
            let mode = path.hasPrefix("bin/") ? 0o755 : 0o644
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        }
    }
}
