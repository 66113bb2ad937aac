import Testing
import TimeAndChance
import TrainModel

@testable import OperatorCommands

@Suite struct TrainTextTests {
    private let noon = Samples.noon

    @Test func `a train says when it leaves next, what keeps it, and what has left, come and been cut`() throws {
        #expect(
            try Shown.train(train()).text(.table) == """
                shop   train weekly   next 2026-11-27 08:00 UTC   would not leave: owed: shop-3/1
                  departs Fri 08:00 UTC
                  on call for release: bo until 2026-11-23 09:00 UTC, then ana
                  departures:
                    2026-11-20 08:00 UTC  shop-3
                    2026-11-13 08:00 UTC  nothing left: no candidate is verified
                  candidates:
                    2026.11.20  2026-11-20 02:00 UTC  version 7
                  arrivals:
                    abc1234  2026-11-20 11:00 UTC  on its way with shop-3

                """
        )
    }

    @Test func `the schedule in short names freezes, debts, alarms and notices, and nothing moves the cursor`() throws {
        let plan = try #require(PlanName("shop"))
        let release = try #require(ReleaseID("shop-3"))
        let ana = try #require(PersonName("ana"))
        let schedule = ScheduleView(
            trains: [try train()],
            alarms: [
                Alarm(
                    kind: .nothingArrived,
                    subject: "shop",
                    sentence: "nothing\u{1b}[2J arrived",
                    since: noon - .hours(1)
                )
            ],
            debts: [
                Debt(
                    id: "shop-3/1",
                    train: nil,
                    plan: plan,
                    release: release,
                    sentence: "put the reverted change back",
                    by: ana,
                    since: noon - .days(2)
                )
            ],
            freezes: [FreezeView(plan: nil, sentence: "audit", until: nil)],
            notices: [
                Notice(
                    id: 1,
                    kind: .failed,
                    release: release,
                    subject: "canary",
                    channel: "chat:room",
                    sentence: "it failed\nmore",
                    at: noon - .minutes(3)
                )
            ],
            at: noon
        )
        let text = try Shown.schedule(schedule).text(.table)
        #expect(!text.contains("\u{1b}"))
        #expect(
            text == """
                shop   train weekly   next 2026-11-27 08:00 UTC   would not leave: owed: shop-3/1
                freezes:
                  every plan  until it is lifted  audit
                owed:
                  shop-3/1  2d by ana  put the reverted change back
                alarms:
                  nothing_arrived  shop  1h  nothing\\u{1b}[2J arrived
                notices not delivered yet:
                  chat:room  failed  3m  it failed

                """
        )
    }

    @Test func `a suggestion says what newer ones lack`() throws {
        let (old, new) = (try #require(Version("1")), try #require(Version("2")))
        let suggestion = SuggestionView(
            plan: try #require(PlanName("shop")),
            tag: old,
            version: old,
            newer: [.init(tag: new, version: new, missing: ["abc by bo is not signed off"])]
        )
        #expect(
            try Shown.suggestion(suggestion).text(.table) == """
                1 is fully verified
                  newer: 2
                    abc by bo is not signed off

                """
        )
    }

    @Test func `manual acts are ranked, and found deployments carry their tags`() throws {
        let plan = try #require(PlanName("shop"))
        let act = ManualActView(
            plan: plan,
            kind: .vote,
            subject: "production/all qa",
            count: 3,
            took: .minutes(95),
            longest: .hours(1),
            people: [try #require(PersonName("ana"))]
        )
        #expect(
            try Shown.acts([act]).text(.table) == """
                TOOK   LONGEST  TIMES  PLAN  ACT   ABOUT              BY
                1h35m  1h       3      shop  vote  production/all qa  ana

                """
        )
        #expect(try Shown.acts([]).text(.table) == "nothing has been done by hand yet\n")
        let nothing = FoundDeployments(deployments: [], left_off: 0)
        #expect(try Shown.deployments(nothing).text(.table) == "nothing was deployed like that\n")
    }

    private func train() throws -> TrainView {
        let digest = try #require(Digest(hex: String(repeating: "ab", count: 32)))
        let version = try #require(Version("7"))
        let tag = try #require(Version("2026.11.20"))
        let release = try #require(ReleaseID("shop-3"))
        return TrainView(
            plan: try #require(PlanName("shop")),
            team: "",
            train: TrainName("weekly"),
            planDigest: digest,
            registeredBy: try #require(PersonName("ana")),
            registered: noon - .days(30),
            departs: "Fri 08:00 UTC",
            nextDeparture: noon + .days(7) - .hours(4),
            blocked: "owed: shop-3/1",
            departures: [
                DepartureView(at: noon - .hours(4), release: release, reason: ""),
                DepartureView(at: noon - .hours(4) - .days(7), release: nil, reason: "no candidate is verified"),
            ],
            nextCandidate: nil,
            candidateSought: nil,
            candidates: [
                CandidateView(
                    candidate: Candidate(tag: tag, version: version, changes: []),
                    by: nil,
                    at: noon - .hours(10)
                )
            ],
            arrivals: [
                ArrivalView(
                    artifact: Artifact(
                        name: try #require(ArtifactName("web")),
                        version: try #require(Version("abc1234")),
                        digest: digest,
                        length_bytes: 0
                    ),
                    at: noon - .hours(1),
                    release: release,
                    settled: nil
                )
            ],
            lastCompleted: noon,
            oncall: [
                OncallView(
                    rotation: try #require(RotationName("release")),
                    person: PersonName("bo"),
                    until: noon + .days(3) - .hours(3),
                    next: PersonName("ana")
                )
            ]
        )
    }
}
