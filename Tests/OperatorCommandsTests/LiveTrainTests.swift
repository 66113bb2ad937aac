import Foundation
import Testing

@testable import OperatorCommands

/// Plans, gates, evidence, trains and questions as people ask for them, against a controller and an agent that run.
@Suite(.timeLimit(.minutes(3))) struct LiveTrainTests {
    private static let people = "rotations:\n  release: { people: [bo], each: 7d, from: 2020-01-06 09:00 }\n"
    private static let plan = """
        wavetrain: 1
        plan: shop
        include: [people.yaml]
        services: [web]
        artifact: { name: web, branch: main }
        train: { name: weekly, departs: Fri 08:00 Europe/Berlin }
        tags: { cutoff: '20261120' }
        break_glass: { by: person:ana, page: person:bo, debt: tell the team }
        stages:
          production:
            regions: [canary]
            needs:
              - evidence: { predicate: unit-tests, where: { coverage: '>= 80' }, waiver: oncall }
              - approval: { by: oncall(release), instructions: look at the graphs, checklist: [errors, latency] }
        """

    @Test func `a registered plan is released through its gates and found afterwards`() async throws {
        try await LiveController.running { live in
            let (plan, changes) = try Self.files(in: live.folder)
            func say(
                as name: String = "ana",
                _ arguments: String...,
                exits status: OperatorCommands.ExitStatus = .ok,
                says words: String = ""
            ) async -> String {
                let done = await live.commands.run(as: name, arguments)
                #expect(done.status == status, "\(arguments): \(done.text)")
                #expect(words.isEmpty || done.text.contains(words), "\(arguments): \(done.text)")
                return done.text
            }
            _ = await say("plan", "register", plan, says: "registered plan shop")
            _ = await say("plan", "register", plan, says: "registered already")
            _ = await say("plan", "list", says: "Fri 08:00")
            _ = await say("plan", "show", "shop", says: "canary")
            _ = await say("plan", "diff", plan, "shop", says: "both plans mean the same")
            _ = await say("train", "show", says: "train weekly")
            _ = await say("train", "show", "shop", says: "on call for release: bo")
            _ = await say("oncall", "show", says: "bo")

            try await live.push("1", "--branch", "main", "--commit", "abc", "--changes", changes)
            _ = await say("artifact", "list", says: "main")
            _ = await say("candidate", "suggest", "shop", says: "nothing of shop is fully verified")
            _ = await say("release", "start", "shop", "--version", "1", "--tag", "ticket=7", says: "started shop-1")
            _ = await say("release", "show", "shop-1", says: "unit-tests")
            _ = await say("release", "notes", "shop-1", says: "SHOP-1  Mend it (ana)")
            _ = await say("evidence", "attest", "web", "1", "unit-tests", "coverage=81.5", says: "attested unit-tests")
            _ = await say("evidence", "list", "web", "1", says: "coverage=81.5")
            _ = await say("candidate", "suggest", "shop", says: "1 is fully verified")

            _ = await say("freeze", "shop", "--reason", "audit", "--until", "+1h", says: "froze plan shop until")
            _ = await say("release", "show", "shop-1", says: "audit")
            _ = await say("freeze", "list", says: "audit")
            _ = await say("freeze", "lift", "shop", says: "lifted")

            _ = await say("release", "approve", "shop-1", exits: .failed, says: "ana may not")
            _ = await say(as: "bo", "release", "approve", "shop-1", "--tick", "1", exits: .failed, says: "latency")
            let approved = await say(as: "bo", "release", "approve", "shop-1", "--tick", "all", says: "approved")
            #expect(approved.contains("[x] 2 latency"))
            let watched = await live.wavetrain("release", "watch", "shop-1")
            #expect(watched.status == .ok, "\(watched.text)")

            _ = await say("find", "deployments", "--tag", "cutoff=20261120", says: "shop-1")
            _ = await say("find", "deployments", "--release", "shop-1", "--current", says: "canary")
            _ = await say(
                "find",
                "deployments",
                "--region",
                "canary",
                "--current",
                "--output",
                "json",
                says: "\"shop-1\""
            )
            _ = await say("find", "releases", "--tag", "ticket=7", says: "shop-1")
            _ = await say("find", "acts", says: "production")
            _ = await say("alarm", "list", says: "no alarms")
            _ = await say("debt", "list", says: "nothing is owed")
            _ = await say("plan", "withdraw", "shop", says: "withdrew plan shop")
        }
    }

    @Test func `in need a gate is opened, and what is owed for it is paid`() async throws {
        try await LiveController.running { live in
            let (plan, _) = try Self.files(in: live.folder)
            try await live.push("1", "--branch", "main")
            for arguments in [
                ["release", "start", plan, "--version", "1"],
                ["release", "waive", "shop-1", "unit-tests", "--reason", "flaky"],
                ["release", "break-glass", "shop-1", "--reason", "all is down"], ["release", "watch", "shop-1"],
            ] {
                let done = await live.commands.run(arguments)
                #expect(done.status == .ok, "\(arguments): \(done.text)")
            }
            let debts = await live.wavetrain("debt", "list")
            #expect(debts.text.contains("tell the team"), "\(debts.text)")
            let show = await live.wavetrain("release", "show", "shop-1")
            #expect(show.text.contains("without unit-tests: flaky (ana"), "\(show.text)")
            let second = await live.wavetrain("release", "start", plan, "--version", "1")
            #expect(second.status == .failed)
            #expect(second.text.contains("owed"), "\(second.text)")
            let paid = await live.wavetrain("debt", "pay", "shop-1/1", "--note", "told them")
            #expect(paid.status == .ok, "\(paid.text)")
            #expect(await live.wavetrain("release", "start", plan, "--version", "1").status == .ok)
        }
    }

    private static func files(in folder: String) throws -> (plan: String, changes: String) {
        let changes = #"[{"id": "abc", "author": "ana", "title": "Mend it", "ticket": "SHOP-1"}]"#
        for (name, text) in [("shop.yaml", plan), ("people.yaml", people), ("changes.json", changes)] {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        return ("\(folder)/shop.yaml", "\(folder)/changes.json")
    }
}
