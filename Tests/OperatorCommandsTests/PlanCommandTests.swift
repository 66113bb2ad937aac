import Foundation
import Testing

@testable import OperatorCommands

@Suite(.timeLimit(.minutes(10))) struct PlanCommandTests {
    private static let plan = """
        wavetrain: 1
        plan: shop
        include: [shared/people.yaml]
        services: [web]
        stages:
          production:
            zone: Europe/Berlin
            window: Mon 08:00-18:00
            regions: [canary, westus3]
            needs: [{ approval: oncall(release) }]
        """
    private static let people = "rotations:\n  release: { people: [ana, bo], each: 7d, from: 2026-11-16 09:00 }\n"

    private func inPlanFolder(_ body: (String) async throws -> Void) async throws {
        try await inFolder { folder in
            let shared = "\(folder)/shared"
            try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: true)
            try Self.people.write(toFile: "\(shared)/people.yaml", atomically: true, encoding: .utf8)
            let plan = Self.plan.replacing("    zone: Europe/Berlin\n", with: "").replacing(
                "18:00",
                with: "18:00 Europe/Berlin"
            )
            try plan.write(toFile: "\(folder)/plan.yaml", atomically: true, encoding: .utf8)
            try plan.replacing("westus3", with: "eastus").write(
                toFile: "\(folder)/newer.yaml",
                atomically: true,
                encoding: .utf8
            )
            try await body(folder)
        }
    }

    @Test func `a plan is checked with what it includes, from its own folder`() async throws {
        try await inPlanFolder { folder in
            let checked = await run("plan", "check", "\(folder)/plan.yaml")
            #expect(checked.status == .ok, "\(checked.text)")
            #expect(checked.text.contains("with shared/people.yaml"), "\(checked.text)")
            try FileManager.default.removeItem(atPath: "\(folder)/shared/people.yaml")
            let missing = await run("plan", "check", "\(folder)/plan.yaml")
            #expect(missing.status == .failed)
            #expect(missing.text.contains("plan.yaml:3:"), "\(missing.text)")
            #expect(missing.text.contains("No such file"), "\(missing.text)")
            let forPrograms = await run("plan", "check", "\(folder)/plan.yaml", "--output", "json")
            #expect(forPrograms.status == .failed)
            #expect(forPrograms.text.contains("\"problems\""), "\(forPrograms.text)")
            #expect(forPrograms.text.contains("\"line\""), "\(forPrograms.text)")
        }
    }

    @Test func `a plan is drawn, and a change to it said in words, without a controller`() async throws {
        try await inPlanFolder { folder in
            let shown = await run("plan", "show", "\(folder)/plan.yaml")
            #expect(shown.status == .ok, "\(shown.text)")
            for words in ["production", "canary", "westus3", "digest "] { #expect(shown.text.contains(words)) }
            let same = await run("plan", "diff", "\(folder)/plan.yaml", "\(folder)/plan.yaml")
            #expect(same.text == "both plans mean the same\n")
            let changed = await run("plan", "diff", "\(folder)/plan.yaml", "\(folder)/newer.yaml")
            #expect(changed.status == .ok)
            #expect(changed.text.contains("westus3"), "\(changed.text)")
            #expect(changed.text.contains("eastus"), "\(changed.text)")
            let json = await run("plan", "diff", "\(folder)/plan.yaml", "\(folder)/newer.yaml", "--output", "json")
            #expect(json.text.contains("\"changes\""))
        }
    }

    private func run(_ arguments: String...) async -> (status: OperatorCommands.ExitStatus, text: String) {
        let capture = StandardOutput.Capture()
        let status = await StandardOutput.$capture.withValue(capture) { await WavetrainCommand.run(arguments) }
        return (status, capture.text)
    }
}
