import Calendars
import Simulation
import Testing
import TimeAndChance
import TrainModel

struct ScenarioTextTests {
    private let scenario = ScenarioText(zone: .utc)

    @Test func `a failure names where it strikes, how and how often`() throws {
        let failure = try scenario.failure("region=westus3,service=io,output=Bad, very bad,times=2,step=start")
        #expect(failure.place == Place(region: Make.name("westus3"), service: Make.name("io")))
        #expect(failure.output == "Bad, very bad")
        #expect(failure.times == 2)
        #expect(failure.step == .start)
        #expect(try scenario.failure("service=io,false").isFalse)
    }

    @Test func `a probe answers one thing until a time and another after it`() throws {
        let probe = try scenario.probe("queues=12 until 2026-11-20T10:00 then 0")
        #expect(
            probe
                == ProbeScript(
                    name: "queues",
                    steps: [
                        ProbeScript.Step(until: Make.friday + .hours(1), value: "12"),
                        ProbeScript.Step(until: nil, value: "0"),
                    ]
                )
        )
    }

    @Test func `silences, freezes, illnesses and arrivals have their times`() throws {
        let silence = try scenario.silence("eu/host-1 from 2026-11-20T09:00 until 2026-11-20T10:00")
        #expect(silence == Silence(of: Make.host("eu", 1), from: Make.friday, until: Make.friday + .hours(1)))
        let freeze = try scenario.freeze("shop:2026-11-20T09:00..2026-11-20T10:00")
        #expect(freeze.plan == Make.name("shop"))
        #expect(try scenario.freeze("2026-11-20T09:00..2026-11-20T10:00").until == Make.friday + .hours(1))
        #expect(try scenario.illness("region=eu,after=10m,for=5m").lasts == .minutes(5))
        #expect(try scenario.arrival("web:abc1234 at 2026-11-20T09:00").at == Make.friday)
    }

    @Test(arguments: [
        "", "region", "region=EU", "region=eu,times=0", "region=eu,step=dance", "region=eu,region=us", "times=2",
        ",region=eu",
    ])
    func `what is no failure is refused with the way to write one`(text: String) {
        #expect { try scenario.failure(text) } throws: { "\($0)".contains("write region=NAME") }
    }

    @Test(arguments: ["", "=1", "queues", "queues=1 until noon then 2", "queues=1 then 2"])
    func `what is no probe is refused with the way to write one`(text: String) {
        #expect(throws: ScenarioProblem.self) { try scenario.probe(text) }
    }

    @Test(arguments: ["", "eu", "eu/host-1 from", "eu/host-1 at 2026-11-20T09:00", "eu/host-1 from noon"])
    func `what is no silence is refused with the way to write one`(text: String) {
        #expect(throws: ScenarioProblem.self) { try scenario.silence(text) }
    }
}
