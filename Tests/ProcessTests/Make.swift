import Calendars
import Foundation
import PlanLanguage
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Values for tests, with as few words as possible. A literal that is no value fails the test that holds it.
enum Make {
    static func name<Kind>(_ text: String) throws -> Name<Kind> { try #require(Name<Kind>(text), "\(text)") }
    static func version(_ text: String) throws -> Version { try #require(Version(text), "\(text)") }

    /// `2026-11-20T08:00`, in UTC.
    static func time(_ text: String) throws -> Instant { try ScenarioText(zone: .utc).time(text) }

    static func host(_ region: String, _ number: Int) throws -> HostKey {
        HostKey(region: try name(region), host: try name("host-\(number)"))
    }

    /// An artifact whose digest is made of its name and version.
    static func artifact(_ artifactName: String, _ version: String) throws -> Artifact {
        let seed = Array("\(artifactName) \(version) ".utf8)
        let bytes = (0..<Digest.byteCount).map { seed[$0 % seed.count] &+ UInt8($0) }
        let digest = try #require(Digest(bytes: bytes))
        return Artifact(
            name: try name(artifactName),
            version: try self.version(version),
            digest: digest,
            length_bytes: 1_000
        )
    }

    static func source(branch: String, commit: String = "", built: Instant, changes: [Change] = []) -> ArtifactSource {
        var source = ArtifactSource()
        source.branch = branch
        source.commit = commit
        source.built = built
        source.changes = changes
        return source
    }
}

/// The plans of `controller/plans`.
enum Plans {
    /// Whole plans by their paths below the folder, sorted; not the files that they include.
    static func paths() throws -> [String] {
        let files = FileManager.default.enumerator(atPath: url("").path)?.allObjects as? [String] ?? []
        return try files.filter { $0.hasSuffix(".yaml") }.filter { try text($0).contains("\nplan: ") }.sorted()
    }

    static func compiled(_ path: String) throws -> CompiledPlan {
        let folder = url(path).deletingLastPathComponent()
        return try PlanCompiler.compile(
            main: Array(try Data(contentsOf: url(path))),
            file: path,
            read: { Array(try Data(contentsOf: folder.appending(path: $0))) },
            readZone: zone
        ).get()
    }

    static func text(_ path: String) throws -> String { try String(contentsOf: url(path), encoding: .utf8) }

    static func url(_ path: String) -> URL {
        URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../controller/plans/\(path)").standardized
    }

    struct UnknownZone: Error { let name: String }

    /// By the rules that the database has for these years, so that the tests need no database.
    static func zone(_ name: String) throws -> Zone {
        let rules = ["America/New_York": "EST5EDT,M3.2.0,M11.1.0", "Asia/Kolkata": "IST-5:30"]
        guard let rule = rules[name], let zone = Zone(text: "\(name) \(rule)") else { throw UnknownZone(name: name) }
        return zone
    }
}
