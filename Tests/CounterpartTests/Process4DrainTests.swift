import Foundation
import HTTPCalls
import Testing

/// Process 4, point 2, with everything real: the shipped plans, a web server that tells one queue's length, moto's SQS
/// behind the shipped recipe for the other, the controller's gate, an agent that deploys.
@Suite(.timeLimit(.minutes(3))) struct Process4DrainTests {
    private let cluster: Cluster
    private let lengths: Counterpart
    private let queues: Queues
    private let plan: String

    init(giveUpAfter: String = "4h") async throws {
        let folder = try Scratch()
        lengths = try Counterpart(
            PythonPrograms.path("python3"),
            ["-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.path],
            in: folder,
            listensWith: "Serving HTTP on 127.0.0.1 port ",
            package: PythonPrograms.package
        )
        queues = try Queues()
        try await queues.make("work")
        cluster = try await Cluster(
            """
            probes:
              sqs-depth:
                command: [\(Cluster.repository.path)/controller/recipes/sqs-depth]
                environment: { AWS_SHARED_CREDENTIALS_FILE: \(queues.credentials), AWS_ENDPOINT_URL: '\(queues.origin)' }

            """,
            operators: ["ana": "roles: [operator, approver, admin], groups: [ui]"]
        )
        let recipe = try cluster.noting("kubernetes", in: cluster.folder.path)
        for region in ["staging", "production"] {
            try await cluster.join(region, "recipes: { kubernetes: \(recipe) }\n")
        }
        plan = try cluster.shippedPlan(
            "4-promote-by-variables/ui-production.yaml",
            replacing: [
                "http: { url: 'http://queues.example.com/us-west-2/depth', json: depth }":
                    "recipe: { name: sqs-depth, with: { queue: work, region: us-west-2 } }",
                "http://queues.example.com/us-east-2/depth": "\(lengths.origin)/east.json", "every: 30s": "every: 1s",
                "give_up_after: 4h": "give_up_after: \(giveUpAfter)",
                "http://registry.example.com:5000": lengths.origin,
            ]
        )
    }

    private func east(_ length: Int) throws { try lengths.folder.write("east.json", #"{"depth": \#(length)}"#) }

    /// Puts a version on staging, where the plan for production looks for it, and lets production go but for the drain.
    private func stage(_ version: String) async throws {
        try await cluster.done(
            "artifact",
            "register",
            "ui",
            version,
            "--digest",
            String(repeating: "a", count: 64),
            "--reference",
            "registry.example.com/ui:\(version)",
            "--branch",
            "main"
        )
        let staging = plan.replacing("ui-production.yaml", with: "ui-staging.yaml")
        try await cluster.done("release", "start", staging, "--version", version, "--watch", says: "completed")
        try await cluster.done("release", "start", plan, "--version", version)
        try await cluster.done("release", "approve", "ui-production-1")
    }

    @Test func `production waits with both lengths in sight until both queues are empty at the same moment`()
        async throws
    {
        try await queues.send(2, to: "work")
        try east(0)
        try await stage("1.4.0")
        let waiting = try await cluster.until("release", "show", "ui-production-1", says: "us-west-2 is 2")
        #expect(waiting.contains("us-east-2 is 0"), "\(waiting)")
        // One is emptied while the other fills.
        try east(7)
        try await queues.drain("work")
        let other = try await cluster.until("release", "show", "ui-production-1", says: "us-east-2 is 7")
        #expect(try cluster.folder.read("ui.version") == "1.4.0\n", "staging")
        try await cluster.until("release", "show", "ui-production-1", says: "us-west-2 is 0")
        #expect(other.contains("work queues are empty"), "\(other)")
        let before = try await cluster.done("find", "deployments", "--region", "production")
        #expect(!before.contains("1.4.0"), "\(before)")
        try east(0)
        try await cluster.done("release", "watch", "ui-production-1", says: "completed")
        try await cluster.done("find", "deployments", "--region", "production", "--current", says: "1.4.0")
    }

    @Test func `a queue that stays full ends it at the limit, and nothing has been deployed`() async throws {
        let short = try await Process4DrainTests(giveUpAfter: "3s")
        try await short.queues.send(1, to: "work")
        try short.east(0)
        try await short.stage("1.4.0")
        try await short.cluster.done("release", "watch", "ui-production-1", exits: 4, says: "rejected")
        let show = try await short.cluster.done("release", "show", "ui-production-1", says: "us-west-2 is 1")
        #expect(show.contains("work queues are empty"), "\(show)")
        let found = try await short.cluster.done("find", "deployments", "--region", "production")
        #expect(!found.contains("1.4.0"), "\(found)")
    }

    @Test func `a source of lengths that does not answer is no empty queue`() async throws {
        try await stage("1.4.0")
        let show = try await cluster.until("release", "show", "ui-production-1", says: "us-east-2 gave no value")
        #expect(show.contains("404"), "\(show)")
        try east(0)
        try await cluster.done("release", "watch", "ui-production-1", says: "completed")
    }
}
