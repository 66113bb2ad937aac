import Calendars
import Simulation
import Testing
import TimeAndChance
import TrainModel

struct ObjectionTests {
    private func objections(_ change: (inout Rehearsal.Options) throws -> Void) rethrows -> [String] {
        var options = Rehearsal.Options(from: Make.friday, length: .days(1))
        try change(&options)
        return options.objections(to: [Make.partnerServices])
    }

    @Test func `a trouble that strikes nowhere is named with what there is`() throws {
        let text = ScenarioText(zone: .utc)
        let found = try objections {
            $0.world.failures = [try text.failure("region=westus33,service=ios")]
            $0.world.people.absent = [Make.name("zoe")]
        }
        #expect(found.count == 3)
        #expect(found[0].contains("no plan here has a region westus33; there are canary"))
        #expect(found[1].contains("cache, io, monitor"))
        #expect(found[2] == "no plan here has a person zoe; there are ana, bo, cy")
    }

    @Test func `a probe, a group, a channel or a host that no plan knows is named too`() throws {
        let text = ScenarioText(zone: .utc)
        let found = try objections {
            $0.world.outside.probes = [try text.probe("que-depth=3")]
            $0.world.people.groups = [Make.name("nobodies"): []]
            $0.world.outside.brokenChannels = ["chat:nowhere"]
            $0.world.silences = [try text.silence("westus3/host-99")]
        }
        let all = found.joined(separator: "\n")
        for part in ["que-depth", "group nobodies", "channel chat:nowhere", "host host-99; there are host-1"] {
            #expect(all.contains(part), "\(part) in \(all)")
        }
        #expect(found.count == 4)
    }

    @Test func `names that the plans know are taken`() {
        let found = objections {
            $0.world.slowness = [Make.name("westus3"): 3]
            $0.world.people.absent = [Make.name("ana")]
            $0.only = [Make.name("io")]
        }
        #expect(found.isEmpty)
    }
}
