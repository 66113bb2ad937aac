import Foundation
import Testing
import TrainModel

/// Process 2, point 1, with everything real: Debian's docker-registry, the plan that is shipped, the controller that
/// watches, an agent that deploys.
@Suite(.timeLimit(.minutes(3))) struct Process2ArrivalTests {
    private let registry: Registry
    private let cluster: Cluster
    private let plan: String

    init() async throws {
        registry = try Registry()
        cluster = try await Cluster()
        let recipe = try cluster.noting("kubernetes", in: cluster.folder.path)
        try await cluster.join("stage", "recipes: { kubernetes: \(recipe) }\n")
        plan = try cluster.shippedPlan(
            "2-continuous-stage-daily-candidates/web-stage.yaml",
            replacing: [
                "http://registry.example.com:5000": registry.origin, "every: 15s": "every: 1s",
                "https://stage.example.com/health": "\(registry.origin)/v2/",
            ]
        )
    }

    private func running() throws -> String {
        try cluster.folder.read("web.running").trimmingCharacters(in: .newlines)
    }

    @Test func `a new short SHA reaches stage with no hand, and neither what was there nor a date tag does`()
        async throws
    {
        try await registry.push("aaaaaaa", to: "web")
        try await registry.push("2026.11.19", to: "web")
        try await cluster.done("plan", "register", plan)
        try await cluster.until("train", "show", "web-stage", says: "there at first: 1")
        try await registry.push("2026.11.20", to: "web")
        let digest = try await registry.push("bbbbbbb", to: "web")
        try await cluster.until("train", "show", "web-stage", says: "in place since")
        #expect(try running() == "\(registry.authority)/web@sha256:\(digest.hex)")
        let releases = try await cluster.done("release", "list", says: "web-stage-1")
        #expect(!releases.contains("web-stage-2"), "\(releases)")
        let artifacts = try await cluster.done("artifact", "list", says: "bbbbbbb")
        #expect(!artifacts.contains("2026.11") && !artifacts.contains("aaaaaaa"), "\(artifacts)")
        try await cluster.done("find", "deployments", "--current", says: "bbbbbbb")
    }

    @Test func `of tags that come between two looks the one built last is deployed, whatever the registry lists first`()
        async throws
    {
        // The first tag of a repository is new too: before it there was none.
        try await cluster.done("plan", "register", plan)
        try await cluster.until("train", "show", "web-stage", says: "there at first: 0")
        let first = try await registry.push("eeeeeee", to: "web")
        try await cluster.until("train", "show", "web-stage", says: "in place since")
        #expect(try running().hasSuffix(first.hex))
        // Nobody looks while the controller is down.
        cluster.stop()
        for (tag, created) in [
            ("aaaaaaa", "2026-11-20T09:00:01.5Z"), ("bbbbbbb", "2026-11-20T10:30:00.25+01:00"),
            ("ccccccc", "2026-11-20T09:30:00Z"), ("ddddddd", "2026-11-20T08:00:00Z"),
        ] { try await registry.push(tag, to: "web", created: created) }
        try await cluster.startAgain()
        try await cluster.until("release", "list", says: "web-stage-2")
        try await cluster.done("release", "watch", "web-stage-2")
        try await cluster.done("release", "show", "web-stage-2", says: "bbbbbbb")
        #expect(try cluster.folder.read("web.version") == "bbbbbbb\n")
        try await cluster.done("artifact", "list", says: "ddddddd")
        let releases = try await cluster.done("release", "list")
        #expect(!releases.contains("web-stage-3"), "\(releases)")
    }

    @Test func `a tag that is moved stays what it was when it came`() async throws {
        try await registry.push("aaaaaaa", to: "web")
        try await cluster.done("plan", "register", plan)
        try await cluster.until("train", "show", "web-stage", says: "there at first: 1")
        let first = try await registry.push("bbbbbbb", to: "web")
        try await cluster.until("train", "show", "web-stage", says: "in place since")
        let moved = try await registry.push("bbbbbbb", to: "web", made: "otherwise")
        #expect(moved != first)
        // A restart forgets what the registry said, not what arrived.
        try await cluster.startAgain()
        try await registry.push("ccccccc", to: "web")
        try await cluster.until("release", "show", "web-stage-2", says: "completed")
        try await cluster.done("release", "start", "web-stage", "--version", "bbbbbbb", "--watch", says: "completed")
        #expect(try running() == "\(registry.authority)/web@sha256:\(first.hex)")
    }

    @Test func `what a build says of an arrival later is taken, and what contradicts it is refused`() async throws {
        try await cluster.done("plan", "register", plan)
        try await cluster.until("train", "show", "web-stage", says: "there at first: 0")
        let digest = try await registry.push("bbbbbbb", to: "web")
        try await cluster.until("train", "show", "web-stage", says: "in place since")
        let register = [
            "artifact", "register", "web", "bbbbbbb", "--digest", digest.hex, "--reference",
            "\(registry.authority)/web@sha256:\(digest.hex)",
        ]
        let told = try await cluster.wavetrain(register + ["--branch", "main"])
        #expect(told.status == 0 && told.text.contains("registered"), "\(told.text)")
        let again = try await cluster.wavetrain(register + ["--branch", "main"])
        #expect(again.status == 0 && again.text.contains("there already"), "\(again.text)")
        let other = try await cluster.wavetrain(register + ["--branch", "hotfix/x"])
        #expect(other.status == 1 && other.text.contains("with branch main and not hotfix/x"), "\(other.text)")
        try await cluster.done("artifact", "list", says: "main")
    }
}
