import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct EvidenceTests {
    private static let web = Attestation.Subject.artifact(Given.artifact("web", "1").digest)
    private static let ci = Given.actor("ci", "builders")

    private static func gate(_ change: (inout EvidenceRule) -> Void = { _ in }) -> Gate {
        var rule = EvidenceRule(predicate: Given.name("unit-tests"))
        rule.by = [Given.group("builders")]
        rule.conditions = [
            Given.condition("coverage", .greaterOrEqual, "80"), Given.condition("passed", .equal, "true"),
        ]
        rule.waiverBy = [Given.group("leads")]
        change(&rule)
        return .evidence(rule)
    }

    private func unmet(_ station: Station, _ id: ReleaseID) -> String? { station.hold(id, .evidence)?.unmet }

    @Test func `evidence must be there, from whom it must come, and say what it must`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        #expect(unmet(station, id) == "unit-tests of web 1 is missing")
        station.attest("unit-tests", of: Self.web, ["coverage": "90", "passed": "true"], by: Given.di)
        #expect(unmet(station, id) == "unit-tests of web 1 comes from di, whose word does not count here")
        station.attest("unit-tests", of: Self.web, ["coverage": "79.5", "passed": "true"], by: Self.ci)
        #expect(unmet(station, id) == "unit-tests of web 1: coverage is 79.5, must be >= 80")
        station.pass(.minutes(1))
        station.attest("unit-tests", of: Self.web, ["coverage": "100"], by: Self.ci)
        #expect(unmet(station, id) == "unit-tests of web 1: passed is not said, must be = true")
        station.pass(.minutes(1))
        station.attest("unit-tests", of: Self.web, ["coverage": "100", "passed": "true"], by: Self.ci)
        #expect(station.started == ["a"])
    }

    @Test func `the word of whoever was on call then counts, as people knew it then`() throws {
        var station = Station("a")
        var plan = Given.held(by: Self.gate { $0.by = [.oncall(Given.name("release"))] }, Given.approval())
        plan.rotations = [Given.name("release"): Given.rotation]
        let digest = Given.digest("plan")
        station.tell(.registerPlan(RegisterPlan(plan: plan, planDigest: digest, planSourceDigest: digest)))
        func override(_ person: String, from: Instant, hours: Int64, _ station: inout Station) {
            let to = from + .hours(hours)
            let command = Command.overrideOncall(
                Given.name("release"),
                Given.name(person),
                from: from,
                to: to,
                reason: "ill"
            )
            #expect(station.tell(command) == .success(.done))
        }
        override("cy", from: station.now, hours: 1, &station)
        station.push(Given.artifact("web", "1"))
        let good = ["coverage": "90", "passed": "true"]
        station.attest("unit-tests", of: Self.web, good, by: Given.actor("cy"))
        station.pass(.hours(2))
        // What is said later of the time before makes nobody's word come to count, and an old override is not forgotten.
        override("bo", from: station.now - .hours(3), hours: 6, &station)
        let id = try station.start(plan).get()
        #expect(unmet(station, id) == nil)
        station.attest("unit-tests", of: Self.web, good, by: Given.ana)
        #expect(unmet(station, id) == nil, "ana is not on call now, so that her word changes nothing")
        station.restart()
        #expect(station.holds(id).map(\.kind) == [.approval])
    }

    @Test func `evidence that is older than the build it speaks of does not count`() throws {
        var station = Station("a")
        let built = station.now
        station.push(Given.artifact("web", "1")) { $0.built = built }
        let good = ["coverage": "90", "passed": "true"]
        station.attest("unit-tests", of: Self.web, good, about: built - .seconds(1), by: Self.ci)
        let id = try station.start(Given.held(by: Self.gate())).get()
        #expect(unmet(station, id) == "unit-tests of web 1 is older than the build it speaks of")
        station.attest("unit-tests", of: Self.web, good, about: built, by: Self.ci)
        #expect(station.started == ["a"])
    }

    @Test func `a suite must have run against the latest deployment`() throws {
        var station = Station("a")
        let rule = Self.gate { $0.notOlderThan = .deployment(plan: Given.name("web"), stage: Given.name("stage")) }
        let good = ["coverage": "90", "passed": "true"]
        station.attest("unit-tests", of: Self.web, good, by: Self.ci)
        let id = try station.start(Given.held(by: rule)).get()
        #expect(unmet(station, id) == "unit-tests of web 1: web 1 has not ended web/stage well")
        station.pass(.hours(1))
        station.complete("web", "stage", "web-4", Given.artifact("web", "1"))
        #expect(unmet(station, id) == "unit-tests of web 1 is older than its deployment to web/stage by web-4")
        station.attest("unit-tests", of: Self.web, good, by: Self.ci)
        #expect(station.started == ["a"])
    }

    @Test func `evidence grows too old while something else is waited for`() throws {
        var station = Station("a")
        let good = ["coverage": "90", "passed": "true"]
        station.attest("unit-tests", of: Self.web, good, by: Self.ci)
        station.push(Given.artifact("web", "1")) { $0.built = Given.time("2026-11-15T00:00") }
        let id = try station.start(Given.held(by: Self.gate { $0.age_max = .days(2) }, Given.approval())).get()
        #expect(station.holds(id).map(\.kind) == [.approval])
        station.pass(.days(2))
        station.approve(id)
        #expect(station.holds(id).map(\.kind) == [.evidence])
        #expect(unmet(station, id) == "unit-tests of web 1 is older than 2d")
    }

    @Test func `revoked evidence voids the decisions that were made on it, and says so`() throws {
        var station = Station("a")
        let gate = Given.approval { $0.quorum = 2 }
        station.attest("unit-tests", of: Self.web, ["coverage": "90", "passed": "true"], by: Self.ci)
        let attested = try #require(
            station.events.compactMap { if case .attested(let event) = $0 { event.id } else { nil } }.first
        )
        station.push(Given.artifact("web", "1")) { $0.built = Given.time("2026-11-15T00:00") }
        let id = try station.start(Given.held(by: Self.gate(), gate)).get()
        station.approve(id)
        #expect(station.tell(.revokeAttestation(attested, reason: "")).map { $0.refusal?.code } == .invalid)
        station.tell(.revokeAttestation(attested, reason: "ran on the wrong branch"), by: Self.ci)
        #expect(unmet(station, id) == "unit-tests of web 1 was revoked: ran on the wrong branch")
        #expect(
            station.hold(id, .approval)?.unmet.hasSuffix(
                "what was decided before is void: ci has revoked unit-tests: ran on the wrong branch"
            ) == true
        )
        #expect(station.events.contains { if case .decisionsVoided = $0 { true } else { false } })
        station.attest("unit-tests", of: Self.web, ["coverage": "91", "passed": "true"], by: Self.ci)
        station.approve(id, by: Given.cy)
        #expect(station.started.isEmpty, "bo's word was made on other evidence")
        station.approve(id, by: Given.bo)
        #expect(station.started == ["a"])
    }

    @Test func `a decision on evidence that has changed since it was looked at is refused`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate(), Given.approval())).get()
        var word = Decide(id, .approved, subject: "", releaseDigest: station.digest(id), reason: "")
        word.evidenceDigest = station.train.view(of: id, at: station.now)?.evidenceDigest
        station.attest("unit-tests", of: Self.web, ["coverage": "10"], by: Self.ci)
        #expect(station.tell(.decide(word), by: Given.bo)?.refusal?.code == .decidedOnOtherDigest)
    }

    @Test func `a waiver takes the right person and a reason, and is shown ever after`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        let lead = Given.actor("li", "leads")
        #expect(
            station.hold(id, .evidence)?.canAct.contains("leads: `wavetrain release waive \(id) unit-tests`") == true
        )
        #expect(
            station.tell(.waive(id, subject: "unit-tests", reason: "urgent"), by: Given.di)?.refusal?.code
                == .notAllowed
        )
        #expect(station.tell(.waive(id, subject: "unit-tests", reason: ""), by: lead)?.refusal?.code == .invalid)
        #expect(station.tell(.waive(id, subject: "load-test", reason: "urgent"), by: lead)?.refusal?.code == .notFound)
        #expect(station.tell(.waive(id, subject: "unit-tests", reason: "urgent"), by: lead) == .success(.done))
        station.work()
        #expect(station.phase(id) == .ended(.completed))
        let waivers = try #require(station.train.view(of: id, at: station.now)?.waivers)
        #expect(waivers.map(\.reason) == ["urgent"])
        #expect(waivers.map(\.by.text) == ["li"])
    }

    @Test func `an attestation of what is to come, or too large, is refused; the same again is done already`() {
        var station = Station("a")
        #expect(station.attest("x", of: Self.web, about: station.now + .hours(1))?.refusal?.code == .invalid)
        #expect(
            station.attest("x", of: Self.web, ["k": String(repeating: "x", count: 5_000)])?.refusal?.code == .invalid
        )
        #expect(station.attest("x", of: Self.web) == .success(.done))
        #expect(station.attest("x", of: Self.web) == .success(.alreadyDone))
    }
}

@Suite struct ChangesTests {
    private static func change(_ id: String, _ author: String) -> Change {
        Change(id: id, author: author, title: "Change \(id)", ticket: "SHOP-\(id)")
    }

    private static var gate: Gate {
        var rule = ChangesRule(predicate: Given.name("signed-off"))
        rule.by = [Given.group("qa")]
        rule.waiverBy = [Given.group("leads")]
        return .changes(rule)
    }

    private static let qa = Given.actor("quin", "qa")

    private func station(_ versions: String...) -> Station {
        var station = Station("a")
        for version in versions {
            station.push(Given.artifact("web", version)) { $0.changes = [Self.change("c\(version)", "au\(version)")] }
        }
        return station
    }

    @Test func `every unsigned change is named with its author`() throws {
        var station = Station("a")
        station.push(Given.artifact("web", "1")) { $0.changes = [Self.change("1", "ana"), Self.change("2", "bo")] }
        let id = try station.start(Given.held(by: Self.gate)).get()
        #expect(
            station.hold(id, .changes)?.unmet
                == "no signed-off of 1 (Change 1, SHOP-1) by ana, 2 (Change 2, SHOP-2) by bo"
        )
        station.attest("signed-off", of: .change("1"), by: Given.ana)
        station.attest("signed-off", of: .change("2"), by: Self.qa)
        #expect(station.hold(id, .changes)?.unmet == "no signed-off of 1 (Change 1, SHOP-1) by ana")
        station.tell(.waive(id, subject: "signed-off of 9", reason: "why"), by: Given.actor("li", "leads"))
        #expect(station.started.isEmpty)
        station.tell(.waive(id, subject: "signed-off of 1", reason: "tested by hand"), by: Given.actor("li", "leads"))
        #expect(station.started == ["a"])
    }

    @Test func `changes of versions that were left out are asked for too`() throws {
        var station = station("1", "2", "3")
        for id in ["c1", "c3"] { station.attest("signed-off", of: .change(id), by: Self.qa) }
        _ = try station.start(Given.held(by: Self.gate), "1").get()
        station.work()
        let id = try station.start(Given.held(by: Self.gate), "3").get()
        #expect(station.hold(id, .changes)?.unmet == "no signed-off of c2 (Change c2, SHOP-c2) by au2")
    }

    @Test func `an artifact of which nobody has said what changes is held`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate)).get()
        #expect(station.hold(id, .changes)?.unmet == "nobody has said what changes in web 1")
    }
}
