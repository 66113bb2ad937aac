import Calendars
import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct OncallTests {
    @Test func `who is on call is asked of the rotation at the moment, hand-over included`() {
        let yard = onCall()
        let now = yard.train.oncallView(Yard.name("release"), of: plan, at: yard.now)
        #expect(now.person?.text == "ana")
        #expect(now.until == Yard.utc("2026-11-20 16:00"))
        #expect(now.next?.text == "bo")
        #expect(yard.train.oncall(Yard.name("release"), of: plan, at: Yard.utc("2026-11-20 16:00"))?.text == "bo")
        #expect(yard.train.oncall(Yard.name("nights"), of: plan, at: yard.now) == nil)
    }

    @Test func `an override puts somebody else on call for its time alone, also after a restart`() {
        var yard = onCall()
        let (from, to) = (Yard.utc("2026-11-20 07:00"), Yard.utc("2026-11-20 09:00"))
        let name: RotationName = Yard.name("release")
        #expect(
            yard.tell(.overrideOncall(name, Yard.name("cy"), from: from, to: to, reason: "dentist")) == .success(.done)
        )
        yard.restart()
        func person(_ instant: String) -> String? { yard.train.oncall(name, of: plan, at: Yard.utc(instant))?.text }
        #expect([person("2026-11-20 06:59"), person("2026-11-20 07:00")] == ["ana", "cy"])
        #expect([person("2026-11-20 08:59"), person("2026-11-20 09:00")] == ["cy", "ana"])
        #expect(yard.train.trainView(of: Yard.name("shop"), at: from)?.oncall.first?.person?.text == "cy")
    }

    @Test func `an override of nothing, backwards, of the past or without a reason is refused`() {
        var yard = onCall()
        func refusal(_ rotation: String, _ from: String, _ to: String, _ reason: String) -> String? {
            yard.tell(
                .overrideOncall(
                    Yard.name(rotation),
                    Yard.name("cy"),
                    from: Yard.utc(from),
                    to: Yard.utc(to),
                    reason: reason
                )
            )?.objection
        }
        let (early, late) = ("2026-11-20 07:00", "2026-11-20 09:00")
        #expect(refusal("nights", early, late, "x") == "there is no rotation nights; known: release")
        #expect(refusal("release", late, early, "x")?.contains("ends after it begins") == true)
        #expect(refusal("release", "2026-11-19 07:00", "2026-11-19 09:00", "x")?.contains("later than now") == true)
        #expect(refusal("release", early, late, " ")?.contains("needs a reason") == true)
    }

    private var plan: Plan {
        var plan = Yard.plan(train: Yard.trainRule("Fri", "08:00"))
        guard let shift = ShiftLength("1w"), let start = LocalTime("2026-11-13T17:00") else { return plan }
        plan.rotations[Yard.name("release")] = Rotation(
            name: "release",
            people: [Yard.name("ana"), Yard.name("bo")],
            shift: shift,
            start: start,
            zone: Yard.berlin
        )
        return plan
    }

    private func onCall() -> Yard {
        var yard = Yard()
        _ = yard.register(plan)
        return yard
    }
}
