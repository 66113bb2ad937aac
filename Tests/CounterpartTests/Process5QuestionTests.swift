import Foundation
import Testing

/// Process 5, with real programs: the shipped plan over the shipped list of circuits, agents whose recipes are the test's,
/// and people at the command line.
@Suite(.timeLimit(.minutes(3))) struct Process5QuestionTests {
    private static let operators = [
        "ana": "roles: [operator, approver, admin], groups: [ml-engineers]",
        "bo": "roles: [approver], groups: [ml-engineers]",
    ]
    private static let endpoints = ["be-north-a1", "be-north-b2", "be-south-c3"]

    private let cluster: Cluster
    private let plan: String

    init() async throws {
        let cluster = try await Cluster(operators: Self.operators)
        self.cluster = cluster
        let good = "exit 0"
        let programs = [
            "bin/model-is-tagged": good, "bin/job-completed": good, "bin/execution-time": good,
            "bin/errors-in-log": good, "bin/output-files": good, "bin/endpoint-provisioned": good,
            "bin/schema-matches": "echo column age is missing; exit 1", "bin/look": "echo looked at $1",
        ]
        for region in ["registry", "test", "production"] {
            let state = "\(cluster.folder.path)/\(region)-state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            let recipes = try ["model-registry", "batch-endpoint"].map { name in
                "  \(name): \(try cluster.noting(name, in: state, under: region, programs: programs))\n"
            }
            try await cluster.join(region, "recipes:\n\(recipes.joined())")
        }
        plan = try cluster.shippedPlan(
            "5-validated-model-promotion/models.yaml",
            // A warning is tried again until its time is over.
            replacing: ["for: 1m, level: warn": "for: 1s, level: warn"]
        )
        for (version, letter) in [("20251209.1", "a"), ("20251210.1", "b")] {
            try await cluster.done(
                "artifact",
                "register",
                "models",
                version,
                "--digest",
                String(repeating: letter, count: 64),
                "--reference",
                "azureml:models:\(version)"
            )
        }
    }

    private func release(_ version: String, _ number: Int) async throws {
        try await cluster.done("release", "start", plan, "--version", version)
        let id = "models-\(number)"
        try await cluster.done("release", "approve", id, exits: 1, says: "metrics of the models")
        try await cluster.done("release", "approve", id, "--tick", "all", "--reason", "reviewed")
        try await cluster.done("release", "watch", id, "--until-held", exits: 5, says: "approval")
        try await cluster.done("release", "show", id, says: "column age is missing")
        try await cluster.done(as: "bo", "release", "approve", id, "--reason", "smoke results are good")
        try await cluster.done("release", "watch", id, says: "completed")
    }

    @Test func `the three questions are one command each, and a circuit, a region or the whole goes back by one`()
        async throws
    {
        try await release("20251209.1", 1)
        try await release("20251210.1", 2)

        // All models for a cut-off date; all models in a release; what an endpoint runs.
        let byDate = try await cluster.done("find", "deployments", "--tag", "cutoff_date=2025-12-10")
        let byRelease = try await cluster.done("find", "deployments", "--release", "models-2")
        for name in Self.endpoints {
            #expect(byDate.contains(name) && byRelease.contains(name), "\(name): \(byDate)\(byRelease)")
        }
        #expect(byDate.contains("models-1") && !byRelease.contains("models-1 "), "\(byRelease)")
        let runs = try await cluster.done(
            "find",
            "deployments",
            "--region",
            "production",
            "--service",
            "be-north-a1",
            "--current"
        )
        #expect(runs.contains("20251210.1  production") && !runs.contains("20251209.1  production"), "\(runs)")
        #expect(runs.contains("previous_deployment=deployment-20251209.1"), "\(runs)")

        // One circuit, one region, everything.
        try await cluster.done(
            "release",
            "rollback",
            "models-2",
            "--region",
            "production",
            "--service",
            "be-north-a1",
            "--reason",
            "drift"
        )
        try await cluster.until(
            "find",
            "deployments",
            "--region",
            "production",
            "--service",
            "be-north-a1",
            "--current",
            says: "20251209.1  "
        )
        let others = try await cluster.done("find", "deployments", "--region", "production", "--current")
        #expect(others.contains("be-south-c3") && others.contains("20251210.1"), "\(others)")
        try await cluster.done("release", "rollback", "models-2", "--region", "production", "--reason", "all of it")
        try await cluster.until(
            "find",
            "deployments",
            "--region",
            "production",
            "--service",
            "be-south-c3",
            "--current",
            says: "20251209.1  "
        )
        let test = try await cluster.done("find", "deployments", "--region", "test", "--current")
        #expect(!test.contains("20251209.1  test"), "\(test)")
        try await cluster.done("release", "rollback", "models-2", "--reason", "the training was wrong")
        try await cluster.until(
            "find",
            "deployments",
            "--region",
            "test",
            "--service",
            "be-north-b2",
            "--current",
            says: "20251209.1  "
        )
    }
}
