import Bundles
import Foundation
import TestSupport
import Testing

@Suite struct BundleSchemaTests {
    private let validator: SchemaValidator

    init() throws { validator = try SchemaValidator(schema: BundleSchema.text) }

    /// The repository's root.
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../..").standardized

    /// Every manifest of the repository: the demo's and the recipes'.
    private static func manifests() -> [URL] {
        ["agents/recipes", "controller"].flatMap { folder in
            let folder = root.appending(path: folder)
            let paths = FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []
            return paths.filter { $0.hasSuffix(BundleManifest.fileName) }.map { folder.appending(path: $0) }
        }
    }

    @Test func `the published schema is the one that the reading describes`() throws {
        let url = Self.root.appending(path: "docs/bundle.schema.json")
        if ProcessInfo.processInfo.environment["WAVETRAIN_REWRITE_GOLDEN"] != nil {
            try BundleSchema.text.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: url, encoding: .utf8) == BundleSchema.text)
    }

    @Test func `the schema and the reading take every manifest of the repository`() throws {
        let manifests = Self.manifests()
        #expect(manifests.count >= 8)
        for url in manifests {
            // The demo fills a service's name in.
            let text = try String(contentsOf: url, encoding: .utf8).replacing("@SERVICE@", with: "cache")
            #expect(try validator.flaws(ofYAML: text).isEmpty, "\(url.path)")
            let folder = url.deletingLastPathComponent()
            #expect(throws: Never.self, "\(url.path)") {
                try BundleManifest.read(Array(text.utf8)) { (path) throws(BundleError) in
                    FileManager.default.isExecutableFile(atPath: folder.appending(path: path).path)
                        ? .executable : .missing
                }
            }
        }
    }

    private static let head = "wavetrain: 1\nservice: billing\n"

    @Test(
        arguments: [
            head, head + "hooks: { start: { run: bin/start, timeout: 1m30s, repeatable: true } }\n",
            head + "hooks: { drain: { run: [bin/stop, --drain, \"\", 5] } }\n", head + "user: _billing-1\n",
            head + "needs: [psql, docker|podman, g++]\nkeep: 50\n", head + "links: [http://a, https://b.example/c?d]\n",
        ]
    )
    func `the schema takes what the reading takes`(text: String) throws {
        #expect(throws: Never.self) {
            try BundleManifest.read(Array(text.utf8), program: { (_) throws(BundleError) in .executable })
        }
        #expect(try validator.flaws(ofYAML: text).isEmpty)
    }

    @Test(
        arguments: [
            "wavetrain: 2\nservice: billing\n", "service: billing\n", "wavetrain: 1\n",
            "wavetrain: 1\nservice: Billing\n", "wavetrain: 1\nservice: a..b\n", head + "hook: {}\n",
            head + "hooks: { begin: { run: run } }\n", head + "hooks: { start: { timeout: 5s } }\n",
            head + "hooks: { start: { run: /bin/sh } }\n",
            head + "hooks: { start: { run: [] } }\n", head + "hooks: { start: { run: [run, [x]] } }\n",
            head + "hooks: { start: { run: run, repeatable: yes } }\n", head + "needs: [/usr/bin/psql]\n",
            head + "needs: ['a||b']\n", head + "needs: []\n", head + "user: root user\n", head + "keep: 0\n",
            head + "keep: 51\n", head + "links: [javascript:x]\n", head + "links: [https://]\n",
        ]
    )
    func `the schema refuses what it can see of what the reading refuses`(text: String) throws {
        #expect(throws: (any Error).self) {
            try BundleManifest.read(Array(text.utf8), program: { (_) throws(BundleError) in .executable })
        }
        #expect(try !validator.flaws(ofYAML: text).isEmpty)
    }
}
