import Foundation
import Testing
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct EvidenceRouteTests {
    private static let plan = """
        wavetrain: 1
        plan: shop
        services: [web]
        artifact: shop
        break_glass: { by: oncall, page: oncall, debt: say what happened }
        stages:
          production:
            regions: [canary]
            needs:
              - evidence: { predicate: unit-tests, where: { coverage: '>= 80' }, waiver: oncall }
              - task: { name: tell-support, by: oncall, checklist: [mail sent] }
        """

    @Test func `evidence opens its gate, and closes it when it is revoked`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start(Self.plan)
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.evidence, .task])
            let word: [String: Any] = [
                "artifact": "shop", "version": "1", "predicate": "unit-tests", "fields": ["coverage": "81.5"],
                "note": "https://ci.example.com/7",
            ]
            let attested = try await board.post("/v1/evidence", Board.json(word), as: "operator")
            #expect(attested.status == 200, "\(attested.body)")
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.task])

            let listed = try await board.attestations("?artifact=shop&version=1")
            #expect(listed.map(\.attestation.fields) == [["coverage": "81.5"]])
            #expect(listed.first?.artifacts.map(\.description) == ["shop 1"])
            #expect(try await board.attestations("?change=abc").isEmpty)
            let id = try #require(listed.first?.id)
            let mute = try await board.post("/v1/evidence/\(id)/revoke", "{}", as: "approver")
            #expect(mute.status == 422)
            let revoked = try await board.post("/v1/evidence/\(id)/revoke", #"{"reason":"flaky"}"#, as: "approver")
            #expect(revoked.status == 200)
            #expect(try await board.attestations("").map(\.revoked) == ["flaky"])
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.evidence, .task])
        }
    }

    @Test func `an attestation is about one thing that is there`() async throws {
        try await Board.running { board in
            let bodies: [([String: Any], Int)] = [
                (["predicate": "unit-tests"], 400),
                (["predicate": "unit-tests", "artifact": "shop"], 400),
                (["predicate": "unit-tests", "artifact": "shop", "version": "9"], 404),
                (["predicate": "unit-tests", "change": "abc", "digest": String(repeating: "a", count: 64)], 400),
                (["predicate": "No!", "change": "abc"], 400),
                (["predicate": "signed-off", "change": "abc", "fields": ["a": 1]], 400),
                (["predicate": "signed-off", "change": "abc", "about": 4_000_000_000_000], 422),
            ]
            for (body, status) in bodies {
                let answer = try await board.post("/v1/evidence", Board.json(body), as: "operator")
                #expect(answer.status == status, "\(body): \(answer.body)")
            }
            let query = try await board.get("/v1/evidence?artifact=shop", as: "viewer")
            #expect(query.status == 404)
        }
    }

    @Test func `a waiver, a task and a broken glass let a release go on, each said ever after`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start(Self.plan)
            let outsider = try await board.act("waivers", ["subject": "unit-tests", "reason": "x"], as: "approver")
            #expect(try outsider.errorCode() == "not_allowed")
            let waived = try await board.act("waivers", ["subject": "unit-tests", "reason": "hotfix"], as: "oncall")
            #expect(waived.status == 200, "\(waived.body)")
            #expect(try await board.view("shop-1").waivers.map(\.reason) == ["hotfix"])
            let unticked = try await board.act("tasks", ["subject": "tell-support"], as: "oncall")
            #expect(try unticked.errorCode() == "invalid")
            let broken = try await board.act("break-glass", ["reason": "all is down"], as: "oncall")
            #expect(broken.status == 200, "\(broken.body)")
            let view = try await board.view("shop-1")
            #expect(view.holds.map(\.kind) == [.noHosts])
            let debt = try #require(try await board.schedule().debts.first)
            #expect(debt.sentence == "say what happened")

            let paid = try await board.post(
                "/v1/debts/pay",
                Board.json(["debt": debt.id, "note": "written down"]),
                as: "oncall"
            )
            #expect(paid.status == 200)
            #expect(try await board.schedule().debts.isEmpty)
            let acts = try await board.get("/v1/find/acts?plan=shop", as: "viewer")
            #expect(try (acts.json()["acts"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["debt"])
        }
    }

    @Test func `a task is done with its points, and another version voids it`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.push("shop", "2")
            _ = try await board.start(Self.plan)
            let done = try await board.act("tasks", ["subject": "tell-support", "ticked": ["mail sent"]], as: "oncall")
            #expect(done.status == 200, "\(done.body)")
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.evidence])
            let repinned = try await board.act("repin", ["versions": ["web": "2"]], as: "operator")
            #expect(repinned.status == 200, "\(repinned.body)")
            let view = try await board.view("shop-1")
            #expect(view.artifacts.values.map(\.version.text) == ["2"])
            #expect(view.holds.map(\.kind) == [.evidence, .task])
        }
    }

    @Test func `an artifact is registered by its reference, and listed with where it comes from`() async throws {
        try await Board.running { board in
            let digest = String(repeating: "a", count: 64)
            let path = "/v1/artifacts/web-image/1.0"
            let empty = try await board.post(path, #"{"digest":"\#(digest)","reference":""}"#, as: "operator")
            #expect(empty.status == 400)
            let body: [String: Any] = [
                "digest": digest, "reference": "registry.example.com/web@sha256:\(digest)", "branch": "main",
                "changes": [["id": "abc", "author": "ana", "title": "Mend it", "ticket": "SHOP-1"]],
            ]
            #expect(try await board.post(path, Board.json(body), as: "operator").status == 200)
            let again = try await board.post(path, Board.json(body), as: "operator")
            #expect(try again.json()["outcome"] as? String == "already_done")
            let list = try await board.get("/v1/artifacts", as: "viewer")
            let listed = try #require((list.json()["artifacts"] as? [[String: Any]])?.first)
            #expect((listed["source"] as? [String: Any])?["branch"] as? String == "main")
            #expect((listed["artifact"] as? [String: Any])?["length_bytes"] as? Int == 0)

            let unknown = try await board.push("shop", "1", headers: ["Wavetrain-Source: \(digest)"])
            #expect(unknown.status == 400)
        }
    }

    @Test func `what has gone out is found, with the notes of what it brings`() async throws {
        try await Board.running { board in
            let change = ["id": "abc", "author": "ana", "title": "Mend it", "ticket": "SHOP-1"]
            #expect(try await board.push("shop", "1", source: ["changes": [change]]).status == 200)
            _ = try await board.start()
            let notes = try await board.get("/v1/releases/shop-1/notes", as: "viewer")
            #expect(notes.body.contains("SHOP-1"), "\(notes.body)")
            #expect(try await board.get("/v1/releases/shop-2/notes", as: "viewer").status == 404)

            let found = try await board.get("/v1/find/deployments?release=shop-1&current=true", as: "viewer")
            #expect(try found.json()["left_off"] as? Int == 0)
            for query in ["?tag=x", "?region=No!", "?current=yes", "?what=1", "?tag=a=b&tag=c=d"] {
                #expect(try await board.get("/v1/find/deployments\(query)", as: "viewer").status == 400, "\(query)")
            }
            let nothing = try await board.act("rollback", ["regions": ["canary"], "reason": "x"], as: "operator")
            #expect(![200, 500].contains(nothing.status), "\(nothing.body)")
            let set = try await board.post("/v1/plans/shop/stages/production/rollback", "{}", as: "operator")
            #expect(![200, 500].contains(set.status), "\(set.body)")
        }
    }
}

extension Board {
    fileprivate func act(_ verb: String, _ body: [String: Any], as name: String) async throws -> Answer {
        try await post("/v1/releases/shop-1/\(verb)", Self.json(body), as: name)
    }

    fileprivate func attestations(_ query: String) async throws -> [AttestationView] {
        struct Found: Decodable { let attestations: [AttestationView] }
        let answer = try await get("/v1/evidence\(query)", as: "viewer")
        return try JSONDecoder().decode(Found.self, from: Data(answer.body.utf8)).attestations
    }
}
