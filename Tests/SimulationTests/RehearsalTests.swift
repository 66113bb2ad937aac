import Calendars
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

struct RehearsalTests {
    private func week(_ change: (inout Rehearsal.Options) -> Void = { _ in }) -> Rehearsal.Options {
        var options = Rehearsal.Options(from: Make.friday, length: .days(7))
        change(&options)
        return options
    }

    @Test func `the same seed gives the same trace and another seed another`() {
        func trace(_ seed: UInt64) -> String {
            Rehearsal([Make.partnerServices], week { $0.world.seed = seed }).trace
        }
        #expect(trace(1) == trace(1))
        #expect(trace(1) != trace(2))
    }

    @Test func `a week of the regional train is through on Wednesday`() throws {
        let rehearsal = Rehearsal([Make.partnerServices], week())
        let run = try #require(rehearsal.runs.first)
        #expect(run.state == .completed)
        #expect(rehearsal.violations.isEmpty)
        let days = run.waves.map { wave in wave.started.map { Zone.utc.local(at: $0).date.weekday } }
        #expect(days == [.friday, .monday, .wednesday])
        #expect(run.waves[1].waits.contains { $0.kind == .approval && $0.by == [Make.name("ana")] })
    }

    @Test func `nothing is left out of the text that waits for a person`() throws {
        let rehearsal = Rehearsal([Make.partnerServices], week { $0.world.people.actByThemselves = false })
        let lines = RehearsalText(rehearsal, zone: .utc).lines
        #expect(lines.contains { $0.contains("production/part-1/canary") && $0.contains("waits") })
    }
}
