import AgentLink
import Bundles
import Foundation
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
        tree = try Self.write(to: source, service: service, mark: version, failing: failing, repeatable: repeatable)
        let archive = folder.appendingPathComponent("\(version).bundle").path
        let packed = try BundlePacker.pack(folder: source.path, to: archive)
        artifact = Artifact(
            name: try Sample.name("cache"),
            version: try Sample.version(version),
            digest: packed.digest,
            length_bytes: UInt64(packed.length_bytes)
        )
        file = BundleFile(path: archive, length_bytes: UInt64(packed.length_bytes))
        index = try ChunkIndex.read(bundle: archive).map { index in
            let bytes = index.bytes
            try Data(bytes).write(to: URL(fileURLWithPath: archive + ".index"))
            return BundleFile(path: archive + ".index", length_bytes: UInt64(bytes.count))
        }
    }

    /// What is handed out is not what the digest was made of.
    func spoil() throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
        for place in bytes.indices { bytes[place] ^= 1 }
        try bytes.write(to: URL(fileURLWithPath: file.path))
    }

    /// The same hooks serve as a recipe.
    @discardableResult
    static func write(
        to folder: URL,
        service: String,
        mark: String = "",
        failing: String? = nil,
        repeatable: Set<String> = []
    ) throws -> [String: Data] {
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
        return tree
    }
}
