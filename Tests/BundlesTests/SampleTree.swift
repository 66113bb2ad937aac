import Bundles

let sampleManifest = """
    wavetrain: 1
    service: billing
    hooks:
      start: { run: bin/start, timeout: 20s, repeatable: true }
    """

extension TemporaryFolder {
    /// A folder with everything that a bundle may hold.
    func makeSampleTree(_ name: String = "tree") throws {
        try write("\(name)/wavetrain.yaml", sampleManifest)
        try write("\(name)/bin/start", "#!/bin/sh\nexit 0\n", mode: 0o755)
        try write("\(name)/bin/odd mode", "x", mode: 0o700)
        try write("\(name)/data/empty", "")
        try write("\(name)/data/block", [UInt8](repeating: 7, count: 512))
        try write("\(name)/data/large", (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
        try write("\(name)/data/ünïcode – 名", "text", mode: 0o600)
        try write("\(name)/data/\(String(repeating: "n", count: 200))/\(String(repeating: "m", count: 255))", "long")
        try makeFolder("\(name)/empty folder")
        try link("\(name)/current", to: "data/large")
        try link("\(name)/data/up", to: "../bin/start")
        try link("\(name)/data/long", to: String(repeating: "n", count: 200))
        try link("\(name)/dangling", to: "nowhere")
    }

    func pack(_ name: String = "tree", to file: String = "bundle", limits: BundleLimits = .standard) throws
        -> PackedBundle
    {
        try BundlePacker.pack(folder: path(name), to: path(file), limits: limits)
    }

    /// Unpacks what `pack` returned into `parent/release`.
    @discardableResult
    func unpack(_ bundle: PackedBundle, from file: String = "bundle") throws -> UnpackedBundle {
        try makeFolder("parent")
        return try BundleUnpacker.unpack(
            archive: path(file),
            digest: bundle.digest,
            length_bytes: bundle.length_bytes,
            into: path("parent"),
            name: "release"
        )
    }
}

/// The code of the `BundleError` that `body` throws, nil if it throws none.
func code(of body: () throws -> Void) throws -> BundleError.Code? {
    do {
        try body()
        return nil
    } catch let error as BundleError {
        return error.code
    }
}
