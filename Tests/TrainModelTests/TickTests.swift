import Testing
import TimeAndChance
import TrainModel

@Suite struct TickTests {
    @Test func `points are named by all, by number or by their words, and what is none stays as it is`() throws {
        let view = try release(gates: [gate("production/all", .approval, ["metrics looked at", "cut-off right"])])
        func points(_ ticked: String..., subject: String = "") -> [String] {
            view.points(ticked: ticked, at: [.approval], subject: subject)
        }
        #expect(points("all") == ["metrics looked at", "cut-off right"])
        #expect(points("2") == ["cut-off right"])
        #expect(points("metrics looked at", "2") == ["metrics looked at", "cut-off right"])
        #expect(points("3", "0", "-1", "other") == ["3", "0", "-1", "other"])
        #expect(points("all", subject: "elsewhere") == [])
        #expect(points("all", subject: "all") == ["metrics looked at", "cut-off right"])
        #expect(points() == [])
    }

    @Test func `a number is taken for itself where a point is called so`() throws {
        let view = try release(gates: [gate("production/all", .task, ["2", "other"])])
        #expect(view.points(ticked: ["2"], at: [.task], subject: "") == ["2"])
    }

    @Test func `of a vote only the role's own points count, and without a role only the one that there is`() throws {
        var vote = gate("production/all", .vote, [])
        vote.roles = [
            RoleView(name: "qa", by: "qa", mayVeto: true, checklist: ["suite ran"]),
            RoleView(name: "sre", by: "sre", mayVeto: false, checklist: ["plan exists"]),
        ]
        let view = try release(gates: [vote])
        #expect(view.points(ticked: ["all"], at: [.vote], subject: "", role: "sre") == ["plan exists"])
        #expect(view.points(ticked: ["all"], at: [.vote], subject: "") == [])
        vote.roles.removeLast()
        #expect(try release(gates: [vote]).points(ticked: ["1"], at: [.vote], subject: "") == ["suite ran"])
    }

    @Test func `gates that do not wait have no points`() throws {
        var gate = gate("production/all", .approval, ["looked"])
        gate.state = .passed
        #expect(try release(gates: [gate]).points(ticked: ["all"], at: [.approval], subject: "") == [])
    }

    private func gate(_ subject: String, _ kind: Hold.Kind, _ checklist: [String]) -> GateView {
        GateView(
            subject: subject,
            kind: kind,
            name: "",
            state: .waiting,
            instructions: "",
            checklist: checklist,
            roles: [],
            words: []
        )
    }

    private func release(gates: [GateView]) throws -> ReleaseView {
        let digest = try #require(Digest(hex: String(repeating: "ab", count: 32)))
        var view = ReleaseView(
            id: try #require(ReleaseID("shop-1")),
            plan: try #require(PlanName("shop")),
            team: "",
            description: "",
            author: try #require(PersonName("ana")),
            state: .running,
            reason: "",
            planDigest: digest,
            releaseDigest: digest,
            started: Instant(unix_ms: 0),
            ended: nil,
            artifacts: [:],
            waves: [],
            holds: [],
            failure: nil,
            at: Instant(unix_ms: 0)
        )
        view.gates = gates
        return view
    }
}
