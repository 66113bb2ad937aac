import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct CandidateTests {
    @Test func `a candidate is cut on weekdays with the date of its zone and its list of changes`() {
        // 02:00 in Kolkata is 20:30 of the day before in UTC; 2026-11-20 is a Friday.
        var yard = cutting()
        yard.push("c1c1c1c")
        yard.run(until: "2026-11-20 20:30")
        #expect(yard.askedForChanges() == [])
        yard.run(until: "2026-11-22 20:30")
        #expect(yard.askedForChanges() == [""])
        yard.find("c1c1c1c999", "c1c1c1c999", "older")
        let candidate = yard.candidates.last
        #expect(candidate?.tag.text == "2026.11.23")
        #expect(candidate?.version.text == "c1c1c1c")
        #expect(candidate?.changes.map(\.id) == ["c1c1c1c999", "older"])
        yard.run(until: "2026-11-23 20:30")
        #expect(yard.askedForChanges() == ["", "c1c1c1c999"])
    }

    @Test func `a candidate waits for the build of its commit, is an alarm after an hour, and is cut when it comes`() {
        var yard = cutting()
        yard.run(until: "2026-11-22 20:30")
        yard.find("c1c1c1c999", "c1c1c1c999")
        #expect(yard.candidates.isEmpty)
        yard.run(until: "2026-11-22 21:30")
        #expect(yard.alarms == ["candidate_waits shop"])
        yard.restart()
        yard.push("7.1", commit: "c1c1c1c999")
        #expect(yard.candidates.map(\.version.text) == ["7.1"])
        #expect(yard.alarms == [])
    }

    @Test func `a branch that cannot be read is asked again, also after a restart`() {
        var yard = cutting()
        yard.run(until: "2026-11-22 20:30")
        yard.give(.changesFound(Yard.name("shop"), .failure(ChangesUnknown(reason: "no route"))))
        yard.run(.minutes(5))
        #expect(yard.askedForChanges().count == 2)
        yard.restart()
        #expect(yard.askedForChanges().count == 3)
        yard.run(until: "2026-11-22 21:30")
        #expect(yard.alarms == ["candidate_waits shop"])
    }

    @Test func `a branch is asked every five minutes, however often other things are looked at`() {
        var yard = cutting()
        yard.run(until: "2026-11-22 20:30")
        for _ in 0..<20 {
            yard.run(.seconds(45))
            _ = yard.register(yard.train.state.schedule.plans[Yard.name("shop")]?.plan ?? Yard.plan())
            yard.tell(.clearAlarm(.candidateWaits, subject: "shop"))
        }
        #expect(yard.askedForChanges().count == 4)
        yard.run(.hours(5))
        #expect(yard.askedForChanges().count == 64)
        #expect(yard.wakes < 120)
    }

    @Test func `where nothing was merged no candidate is cut`() {
        var yard = cutting()
        yard.push("c1c1c1c")
        yard.run(until: "2026-11-22 20:30")
        yard.find("c1c1c1c999", "c1c1c1c999")
        yard.run(until: "2026-11-23 20:30")
        yard.find("c1c1c1c999")
        #expect(yard.candidates.count == 1)
        yard.run(until: "2026-11-24 20:00")
        #expect(yard.askedForChanges().count == 2)
    }

    @Test func `a candidate made by hand has a number behind the date`() {
        var yard = cutting()
        yard.push("c1c1c1c")
        #expect(yard.tell(.cutCandidate(Yard.name("shop"), tag: nil)) == .success(.done))
        yard.find("c1c1c1c999", "c1c1c1c999")
        #expect(yard.tell(.cutCandidate(Yard.name("shop"), tag: nil)) == .success(.done))
        yard.push("d1d1d1d")
        yard.find("d1d1d1d999", "d1d1d1d999")
        #expect(yard.candidates.map(\.tag.text) == ["2026.11.20.1", "2026.11.20.2"])
        #expect(yard.tell(.cutCandidate(Yard.name("shop"), tag: Yard.version("2026.11.19.4"))) == .success(.done))
    }

    @Test(arguments: [
        "2026.11.20", "2026.11.31.1", "2026.11.20.0", "2026.11.20.01", "26.11.20.1", "2026-11-20.1", "v2026.11.20.1",
        "2026.11.20.1.1", "2026.11.20.x", "2026.1.20.1",
    ])
    func `a malformed tag is refused when it is made`(_ tag: String) {
        var yard = cutting()
        let answer = yard.tell(.cutCandidate(Yard.name("shop"), tag: Yard.version(tag)))
        #expect(
            answer?.objection
                == "\"\(tag)\" is no tag for a candidate made by hand: a candidate is tagged `YYYY.MM.DD`, and by hand `YYYY.MM.DD.N` with N from 1, such as 2026.11.20.1"
        )
        #expect(yard.askedForChanges().isEmpty)
    }

    @Test func `a tag of tomorrow, one that is taken and one while another is being cut are refused`() {
        var yard = cutting()
        yard.push("c1c1c1c")
        func cut(_ tag: String) -> String? {
            yard.tell(.cutCandidate(Yard.name("shop"), tag: Yard.version(tag)))?.objection
        }
        #expect(cut("2026.11.21.1") == "2026.11.21.1 is dated later than today, 2026-11-20; take 2026.11.20.1")
        #expect(cut("2026.11.20.1") == nil)
        #expect(cut("2026.11.20.2") == "candidate 2026.11.20.1 of shop is still being cut; wait for it")
        yard.find("c1c1c1c999", "c1c1c1c999")
        #expect(
            cut("2026.11.20.1") == "shop has a candidate 2026.11.20.1 already; leave the tag out to get the next one"
        )
    }

    @Test func `a train takes the newest candidate, and a person may take any by its tag`() {
        var yard = cutting()
        yard.push("c1c1c1c")
        yard.tell(.cutCandidate(Yard.name("shop"), tag: nil))
        yard.find("c1c1c1c999", "c1c1c1c999")
        yard.push("d1d1d1d")
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started == Yard.name("shop-1"))
        #expect(yard.release("shop-1")?.candidate?.tag.text == "2026.11.20.1")
        #expect(yard.version("production") == "c1c1c1c")
        let plan = yard.train.state.schedule.plans[Yard.name("shop")]?.plan ?? Yard.plan()
        let answer = yard.start(plan, "d1d1d1d") { $0.candidate = Yard.version("2026.11.20.7") }
        #expect(answer?.objection?.hasPrefix("plan shop has no candidate 2026.11.20.7") == true)
    }

    @Test func `the newest fully verified candidate is suggested, with what newer ones lack`() {
        var yard = cutting(load: .newestVerified, gates: [.changes(ChangesRule(predicate: Yard.name("signed-off")))])
        for version in ["c1c1c1c", "d1d1d1d"] {
            yard.push(version)
            yard.tell(.cutCandidate(Yard.name("shop"), tag: nil))
            yard.find("\(version)999", "\(version)999")
        }
        yard.signOff("c1c1c1c999")
        let suggestion = yard.train.suggestion(for: Yard.name("shop"), at: yard.now)
        #expect(suggestion?.tag?.text == "2026.11.20.1")
        #expect(suggestion?.newer.map(\.tag.text) == ["2026.11.20.2"])
        #expect(suggestion?.newer.first?.missing.first?.contains("d1d1d1d999") == true)
        #expect(suggestion?.newer.first?.missing.first?.contains("cy") == true)
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started != nil)
        #expect(yard.version("production") == "c1c1c1c")
        yard.signOff("d1d1d1d999")
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started != nil)
        #expect(yard.version("production") == "d1d1d1d")
    }

    @Test func `where no candidates are cut, the newest version with all its evidence is suggested and loaded`() {
        var yard = Yard()
        yard.enrol("production")
        var rule = EvidenceRule(predicate: Yard.name("unit-tests"))
        rule.conditions = [Condition(field: "coverage", comparison: .greaterOrEqual, value: "80")]
        var train = TrainRule(name: Yard.name("daily"))
        train.load = .newestVerified
        _ = yard.register(Yard.plan(gates: [.evidence(rule)], train: train))
        #expect(
            yard.tell(.departNow(Yard.name("shop")))?.objection
                == "nothing to load: no version of plan shop is fully verified"
        )
        for (version, coverage) in [("1", "91"), ("2", "79"), ("3", nil)] {
            yard.push(version)
            guard let coverage else { continue }
            yard.tell(
                .attest(
                    Attestation(
                        subject: .artifact(Yard.artifact("web", version).digest),
                        predicate: Yard.name("unit-tests"),
                        fields: ["coverage": coverage],
                        note: "",
                        about: yard.now
                    )
                )
            )
        }
        let suggestion = yard.train.suggestion(for: Yard.name("shop"), at: yard.now)
        #expect(suggestion?.version?.text == "1")
        #expect(suggestion?.newer.map(\.version.text) == ["3", "2"])
        #expect(suggestion?.newer.last?.missing.first?.contains("79") == true)
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started != nil)
        #expect(yard.version("production") == "1")
    }

    @Test func `a candidate that still waits for its build gives way to the next day's`() {
        var yard = cutting()
        yard.run(until: "2026-11-22 20:30")
        yard.find("c1c1c1c999", "c1c1c1c999")
        yard.run(until: "2026-11-23 20:30")
        #expect(yard.train.trainView(of: Yard.name("shop"), at: yard.now)?.candidateSought?.text == "2026.11.24")
        let dropped = yard.history { event in
            if case .candidateDropped(let dropped) = event { "\(dropped.tag): \(dropped.reason)" } else { nil }
        }
        #expect(dropped == ["2026-11-23T20:30 2026.11.23: 2026.11.24 takes its place"])
        #expect(yard.alarms == [])
    }

    private func cutting(load: TrainRule.Load = .newestCandidate, gates: [Gate] = []) -> Yard {
        var yard = Yard()
        yard.enrol("production")
        var rule = TrainRule(name: Yard.name("daily"))
        rule.load = load
        rule.candidates = CandidateRule(
            cut: Yard.schedule("Mon-Fri", "02:00", Yard.kolkata),
            zone: Yard.kolkata,
            repository: "shop",
            branch: "main"
        )
        _ = yard.register(Yard.plan(gates: gates, train: rule))
        return yard
    }
}

extension Yard {
    fileprivate var candidates: [Candidate] {
        (train.state.schedule.candidates[Self.name("shop")] ?? []).map(\.candidate)
    }

    /// The branch's answer: its newest commit and the changes since.
    fileprivate mutating func find(_ commit: String, _ changes: String...) {
        let found = FoundChanges(commit: commit, changes: changes.map { Self.change($0) })
        give(.changesFound(Self.name("shop"), .success(found)))
    }

    fileprivate mutating func signOff(_ change: String) {
        tell(
            .attest(
                Attestation(
                    subject: .change(change),
                    predicate: Self.name("signed-off"),
                    fields: [:],
                    note: "",
                    about: now
                )
            ),
            by: "qa"
        )
    }
}
