import Calendars
import Foundation
import PlanLanguage
import Simulation
import StructuredText
import Testing
import TimeAndChance
import TrainModel

/// Every plan of `controller/plans`, whatever process it belongs to.
@Suite struct PlanTests {
    /// Plans of one folder live together.
    private static func folders() throws -> [String: [String]] {
        Dictionary(grouping: try Plans.paths().filter { $0.contains("/") }) { String($0.prefix { $0 != "/" }) }
    }

    @Test func `each of the five processes has its folder, with a page and at least a plan`() throws {
        let folders = try Self.folders()
        #expect(folders.keys.sorted().map { $0.first } == ["1", "2", "3", "4", "5"])
        for folder in folders.keys { #expect(try Plans.text("\(folder)/README.md").contains("wavetrain rehearse")) }
    }

    @Test func `every plan compiles, and people hear of it`() throws {
        for path in try Plans.paths() {
            let plan = try Plans.compiled(path).plan
            #expect(!plan.team.isEmpty, "\(path)")
            #expect(!plan.notices.isEmpty, "\(path)")
        }
    }

    @Test(arguments: ["1", "2", "3", "4", "5"])
    func `the plans of each process rehearse to their end, each release completed`(_ process: String) throws {
        let paths = try #require(try Self.folders().first { $0.key.hasPrefix(process) }?.value)
        var plans = try paths.map { try Plans.compiled($0).plan }
        // A look at a registry that finds nothing new shows nothing; every five minutes is often enough here.
        for index in plans.indices where plans[index].train?.arrivals != nil {
            plans[index].train?.arrivals?.every = .minutes(5)
        }
        let isWatched = plans.contains { $0.train?.arrivals != nil }
        // From a Thursday on: over the night in which a candidate is cut, and by a calendar for a week.
        var options = Rehearsal.Options(
            from: try Make.time(isWatched ? "2026-11-19T22:00" : "2026-11-19T07:00"),
            length: isWatched ? .hours(18) : .days(7)
        )
        let arriving = plans.filter { $0.train?.arrivals != nil || $0.train?.candidates != nil }
        options.world.outside.arrivals = try arriving.map { plan in
            Arrival(plan: plan.name, at: try Make.time("2026-11-19T23:00"), tag: plan.likelyVersion)
        }
        let rehearsal = Rehearsal(plans, options)
        #expect(rehearsal.refusals.isEmpty)
        #expect(rehearsal.violations.isEmpty)
        #expect(Set(rehearsal.runs.map(\.plan)) == Set(plans.map(\.name)))
        for run in rehearsal.runs { #expect(run.state == .completed, "\(run.release) \(run.reason)") }
        let lines = RehearsalText(rehearsal, zone: .utc).lines
        #expect(lines.allSatisfy { !$0.contains("Optional(") && !$0.contains("{") })
    }
}
