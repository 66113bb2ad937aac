import Foundation
import Programs
import TestSupport
import Testing

/// The installed `wavetrain` with plans, and what all programs say of themselves.
@Suite(.timeLimit(.minutes(3))) struct CommandPlanTests {
    private static let shipped = [
        ["1-regional-weekly-train/partner-services.yaml"], ["2-continuous-stage-daily-candidates/web-stage.yaml"],
        ["3-daily-go-no-go/modules.yaml"],
        [
            "4-promote-by-variables/ui-dev.yaml", "4-promote-by-variables/ui-staging.yaml",
            "4-promote-by-variables/ui-production.yaml",
        ], ["5-validated-model-promotion/models.yaml"],
    ]

    private func run(_ name: String, _ arguments: [String]) async throws -> (status: ProgramResult.End, text: String) {
        let program = Program(
            [try BuiltProgram.path(of: name)] + arguments,
            environment: ["PATH": Program.searchPath],
            timeout_ms: 60_000
        )
        let result = await program.run()
        return (result.end, String(decoding: result.output + result.errors, as: UTF8.self))
    }

    @Test func `all programs of a build say the same version`() async throws {
        var said: Set<String> = []
        for name in ["wavetrain", "wavetrain-controller", "wavetrain-agent"] {
            let (status, text) = try await run(name, ["--version"])
            #expect(status == .exited(0), "\(name)")
            said.insert(text)
        }
        #expect(said.count == 1 && said.first?.contains(/^\d+\.\d+\.\d+\n$/) == true, "\(said)")
    }

    @Test(arguments: shipped) func `each process is rehearsed by the program that operators have`(plans: [String])
        async throws
    {
        let paths = plans.map { Cluster.repository.appendingPathComponent("controller/plans/\($0)").path }
        let table = try await run("wavetrain", ["rehearse"] + paths + ["--from", "2026-11-20T09:00", "--for", "7d"])
        #expect(table.status == .exited(0), "\(table.text)")
        let json = try await run(
            "wavetrain",
            ["rehearse"] + paths + ["--from", "2026-11-20T09:00", "--for", "1d", "--output", "json"]
        )
        #expect(json.status == .exited(0))
        _ = try JSONSerialization.jsonObject(with: Data(json.text.utf8))
    }

    @Test func `a difference of plans is said in words, between files and against what is registered`() async throws {
        let cluster = try await Cluster()
        let text =
            "wavetrain: 1\nplan: shop\nservices: [web]\nsmoke: [{ http: /health }]\nstages:\n  production:\n    regions: [east, west]\n    bake: 1h\n"
        let old = try cluster.folder.write("old.yaml", text)
        let new = try cluster.folder.write("new.yaml", text.replacing("bake: 1h", with: "bake: 30m"))
        let said = try await cluster.done("plan", "diff", old, new)
        #expect(said.contains("1h") && said.contains("30m"), "\(said)")
        try await cluster.done("plan", "register", old)
        #expect(try await cluster.done("plan", "diff", "shop", new) == said)
        try await cluster.done("plan", "diff", "shop", old, says: "both plans mean the same")
        try await cluster.done("plan", "diff", "shop", "nowhere.yaml", exits: 1)
        try await cluster.done("plan", "show", "shop", says: "east")
    }
}
