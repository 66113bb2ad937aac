import Foundation
import Testing
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct PlanRouteTests {
    private static let people =
        "rotations:\n  release: { people: [oncall, viewer], each: 7d, from: 2020-01-06 09:00 }\n"
    private static let plan = """
        wavetrain: 1
        plan: shop
        include: [people.yaml]
        artifact: { name: shop, branch: main }
        services: [web, worker]
        train: { name: weekly, departs: Fri 08:00 Europe/Berlin }
        stages:
          production:
            regions: [canary]
            needs: [{ validation: { by: oncall(release) } }]
        """

    @Test func `a plan comes with what it includes, is registered, and releases start by its name`() async throws {
        try await Board.running { board in
            let body = try board.planBody(Self.plan, includes: ["people.yaml": Self.people])
            let missing = try await board.post("/v1/plans", try board.planBody(Self.plan), as: "operator")
            #expect(try missing.errorCode() == "broken_plan")
            #expect(missing.body.contains("people.yaml"))
            #expect(try await board.post("/v1/plans", body, as: "operator").status == 200)
            let again = try await board.post("/v1/plans", body, as: "operator")
            #expect(try again.json()["outcome"] as? String == "already_done")

            let shown = try await board.get("/v1/plans/shop", as: "viewer")
            let view = try JSONDecoder().decode(PlanView.self, from: Data(shown.body.utf8))
            #expect(view.plan.services.map(\.name.text) == ["web", "worker"])
            #expect(view.registeredBy.text == "operator")

            let unsaid = try await board.startRegistered("shop", "1")
            #expect(unsaid.status == 404)
            #expect(try await board.push("shop", "1").status == 200)
            let branchless = try await board.startRegistered("shop", "1")
            #expect(try branchless.errorCode() == "invalid", "\(branchless.body)")
            #expect(try await board.push("shop", "2", source: ["branch": "main", "commit": "abc"]).status == 200)
            let started = try await board.startRegistered(
                "shop",
                "2",
                ["only": ["web"], "tags": ["cutoff": "20261120"]]
            )
            #expect(started.status == 201, "\(started.body)")
            let release = try await board.view("shop-1")
            #expect(release.artifacts.keys.map(\.text) == ["web"])
            #expect(release.holds.first?.kind == .validation)

            let found = try await board.get("/v1/find/releases?tag=cutoff%3D20261120", as: "viewer")
            #expect(try found.json()["releases"] as? [String] == ["shop-1"])
            let unknown = try await board.startRegistered("other", "1")
            #expect(try unknown.errorCode() == "not_found")
        }
    }

    @Test func `a train is shown with its next departure and who is on call, and withdrawn`() async throws {
        try await Board.running { board in
            let body = try board.planBody(Self.plan, includes: ["people.yaml": Self.people])
            _ = try await board.post("/v1/plans", body, as: "operator")
            let shown = try await board.get("/v1/plans/shop/train", as: "viewer")
            let train = try JSONDecoder().decode(TrainView.self, from: Data(shown.body.utf8))
            #expect(train.train?.text == "weekly")
            #expect(train.nextDeparture != nil)
            #expect(train.oncall.count == 1)

            let standIn = ["person": "ana", "from": 0, "to": 4_000_000_000_000, "reason": "ill"] as [String: Any]
            let override = try await board.post("/v1/oncall/release", Board.json(standIn), as: "admin")
            #expect(override.status == 200, "\(override.body)")
            let schedule = try await board.schedule()
            #expect(schedule.trains.first?.oncall.first?.person?.text == "ana")

            let suggestion = try await board.get("/v1/plans/shop/suggestion", as: "viewer")
            #expect(suggestion.status == 200)
            let early = try await board.post("/v1/plans/shop/depart", "{}", as: "operator")
            #expect(early.status != 200)
            #expect(try early.errorCode() != "internal", "\(early.body)")
            let cut = try await board.post("/v1/plans/shop/candidates", "{}", as: "operator")
            #expect(try cut.errorCode() == "conflict", "\(cut.body)")

            #expect(try await board.post("/v1/plans/shop/withdraw", "{}", as: "operator").status == 200)
            #expect(try await board.get("/v1/plans/shop", as: "viewer").status == 404)
            #expect(try await board.get("/v1/plans/shop/train", as: "viewer").status == 404)
        }
    }

    @Test func `a freeze holds releases until it is lifted`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start()
            let mute = try await board.post("/v1/freezes", "{}", as: "operator")
            #expect(mute.status == 422)
            let frozen = try await board.post("/v1/freezes", #"{"plan":"shop","reason":"audit"}"#, as: "operator")
            #expect(frozen.status == 200)
            #expect(try await board.view("shop-1").holds.contains { $0.kind == .freeze })
            #expect(try await board.schedule().freezes.map(\.plan?.text) == ["shop"])
            let lifted = try await board.post("/v1/freezes/lift", #"{"plan":"shop"}"#, as: "operator")
            #expect(lifted.status == 200)
            #expect(try await !board.view("shop-1").holds.contains { $0.kind == .freeze })
        }
    }

    @Test func `what is not owed or raised cannot be paid or cleared`() async throws {
        try await Board.running { board in
            let debt = try await board.post("/v1/debts/pay", #"{"debt":"shop-1/1","note":"done"}"#, as: "operator")
            #expect(try debt.errorCode() == "not_found")
            let alarm = try await board.post(
                "/v1/alarms/clear",
                #"{"kind":"nothing_departed","subject":"shop"}"#,
                as: "operator"
            )
            #expect(try alarm.errorCode() == "not_found")
            let kind = try await board.post("/v1/alarms/clear", #"{"kind":"fire","subject":"shop"}"#, as: "operator")
            #expect(kind.status == 400)
        }
    }
}

extension Board {
    fileprivate func startRegistered(
        _ plan: String,
        _ version: String,
        _ others: [String: Any] = [:]
    ) async throws -> Answer {
        let body = others.merging(["plan": plan, "version": version]) { $1 }
        return try await post("/v1/releases", Self.json(body), as: "operator")
    }

    func schedule() async throws -> ScheduleView {
        let answer = try await get("/v1/schedule", as: "viewer")
        return try JSONDecoder().decode(ScheduleView.self, from: Data(answer.body.utf8))
    }

    /// Pushes with a source that is kept first.
    func push(_ name: String, _ version: String, source: [String: Any]) async throws -> Answer {
        let kept = try await post("/v1/sources", Self.json(source), as: "operator")
        let digest = try kept.json()["source"] as? String ?? ""
        return try await push(name, version, headers: ["Wavetrain-Source: \(digest)"])
    }
}
