import ArgumentParser
import Calendars
import Foundation
import PlanLanguage
import Simulation
import StructuredText
import TimeAndChance
import TrainModel

struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Run plans for days in virtual time: what would happen, when, and what would be waited for.",
        discussion: """
            The decisions are those that the controller makes; hosts, people and everything outside are simulated, and \
            do what they are asked unless an option says otherwise. Plans with a schedule leave by it, all others at \
            once. The same options give the same rehearsal. Times are in --zone; options that name a trouble may be \
            given often.
            """
    )

    @Argument(help: ArgumentHelp("The plans.", valueName: "plan"), completion: .file(extensions: ["yaml", "yml"]))
    var plans: [String]

    @Option(help: ArgumentHelp("When it begins; else now.", valueName: "time"))
    var from: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("How long it goes on.", valueName: "length"))
    var length: Interval = .days(7)

    @Option(help: ArgumentHelp("Of all times, as Europe/Berlin.", valueName: "name"))
    var zone = "UTC"

    @Option(
        help: ArgumentHelp(
            "Of the artifacts; else one that each plan takes. \(ScenarioText.versionForm).",
            valueName: "version"
        )
    )
    var version: [String] = []

    @Option(help: ArgumentHelp("Of the services this one, and others given so.", valueName: "service"))
    var only: [ServiceName] = []

    @Flag(help: "Start every plan at once, also those with a schedule.")
    var now = false

    @OptionGroup(title: "THE WORLD") var world: WorldOptions
    @OptionGroup(title: "PEOPLE") var people: PeopleOptions
    @OptionGroup(title: "TROUBLES") var troubles: TroubleOptions

    @Flag(help: "Show single orders, answers and notices too.")
    var details = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !plans.isEmpty else { throw ValidationError("Name at least one plan.") }
        guard length > .zero, length <= .days(366) else { throw ValidationError("--for is between 1ms and 366d.") }
    }

    func run() async throws {
        let zone = try Self.zone(named: zone)
        let compiled = try plans.map { try PlanFile.compile($0).plan }
        let options = try options(in: zone)
        let objections = options.objections(to: compiled)
        guard objections.isEmpty else {
            throw CommandFailure(.usage, objections.joined(separator: "\n       "))
        }
        let rehearsal = Rehearsal(compiled, options)
        switch output.output {
        case .table:
            let lines = RehearsalText(rehearsal, zone: zone, hasDetails: details).lines
            try StandardOutput.write(lines.map { SafeText.line($0) + "\n" }.joined())
        case .json: try StandardOutput.write(Self.json(rehearsal) + "\n")
        }
        guard rehearsal.violations.isEmpty else {
            throw CommandFailure("the decisions did what must never happen; please report this with the command line")
        }
    }

    private func options(in zone: Zone) throws -> Rehearsal.Options {
        let text = ScenarioText(zone: zone)
        do {
            let begin = try from.map { try text.time($0) } ?? WallClock.now()
            var options = Rehearsal.Options(from: begin, length: length)
            options.only = only
            options.startsNow = now
            for version in try version.map({ try text.version($0) }) {
                if let plan = version.0 { options.versions[plan] = version.1 } else { options.version = version.1 }
            }
            try world.fill(&options.world, text)
            try people.fill(&options.world.people, text)
            try troubles.fill(&options.world, text)
            return options
        } catch let problem as ScenarioProblem {
            throw CommandFailure(.usage, problem.sentence)
        }
    }

    private static func zone(named name: String) throws -> Zone {
        do {
            return try ZoneDatabase.zone(named: name)
        } catch {
            throw CommandFailure(.usage, "--zone: \(error)")
        }
    }

    private static func json(_ rehearsal: Rehearsal) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(rehearsal), as: UTF8.self)
    }
}

struct WorldOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Hosts of each region.", valueName: "count"))
    var hosts = 3

    @Option(help: ArgumentHelp("How long a host works on an order: \(ScenarioText.lengthsForm).", valueName: "length"))
    var work = "20s..90s"

    @Option(help: ArgumentHelp("Every chance is drawn from it.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("What every service ran before.", valueName: "version"))
    var before: Version = defaultBefore

    @Flag(help: "Nothing ran before, so that there is nothing to return to.")
    var nothingBefore = false

    @Option(help: ArgumentHelp("What a check sees: \(ScenarioText.probeForm).", valueName: "answer"))
    var probe: [String] = []

    @Option(help: ArgumentHelp("A tag comes to a watched registry: \(ScenarioText.arrivalForm).", valueName: "tag"))
    var arrives: [String] = []

    func validate() throws {
        guard 0...1_000 ~= hosts else { throw ValidationError("--hosts is between 0 and 1000.") }
    }

    func fill(_ options: inout World.Options, _ text: ScenarioText) throws {
        options.hostsPerRegion = hosts
        options.work = try text.lengths(work)
        options.seed = seed
        options.before = nothingBefore ? nil : before
        options.outside.probes = try probe.map { try text.probe($0) }
        options.outside.arrivals = try arrives.map { try text.arrival($0) }
    }

    private static var defaultBefore: Version {
        guard let version = Version("before") else { preconditionFailure("a plain word is a version") }
        return version
    }
}

struct PeopleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long after they are asked people act: \(ScenarioText.lengthsForm).",
            valueName: "length"
        )
    )
    var answersAfter = "10m"

    @Option(help: ArgumentHelp("They act only then: \(ScenarioText.hoursForm).", valueName: "hours"))
    var workingHours: String?

    @Option(help: ArgumentHelp("Somebody who never acts; may be given often.", valueName: "person"))
    var absent: [PersonName] = []

    @Flag(help: "Nobody acts at all.")
    var nobody = false

    @Option(
        help: ArgumentHelp(
            "Who is in a group; else people are invented. \(ScenarioText.groupForm).",
            valueName: "group=people"
        )
    )
    var group: [String] = []

    func fill(_ people: inout World.People, _ text: ScenarioText) throws {
        people.answerAfter = try text.lengths(answersAfter)
        people.working = try workingHours.map { try text.hours($0) }
        people.absent = Set(absent)
        people.actByThemselves = !nobody
        for group in try group.map({ try text.group($0) }) { people.groups[group.0] = group.1 }
    }
}

struct TroubleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Orders fail: \(ScenarioText.failureForm).", valueName: "failure"))
    var fail: [String] = []

    @Option(help: ArgumentHelp("A version turns ill: \(ScenarioText.illnessForm).", valueName: "illness"))
    var unhealthy: [String] = []

    @Option(help: ArgumentHelp("A host has no link: \(ScenarioText.silenceForm).", valueName: "host"))
    var silent: [String] = []

    @Option(
        help: ArgumentHelp(
            "A region takes so many times as long: \(ScenarioText.slownessForm).",
            valueName: "region=times"
        )
    )
    var slow: [String] = []

    @Option(help: ArgumentHelp("Somebody declares a freeze: \(ScenarioText.freezeForm).", valueName: "times"))
    var freeze: [String] = []

    @Option(help: ArgumentHelp("Evidence that never comes.", valueName: "predicate"))
    var without: [PredicateName] = []

    @Option(help: ArgumentHelp("A change that nobody signs off.", valueName: "change"))
    var unsigned: [String] = []

    @Option(help: ArgumentHelp("A channel that takes no notice.", valueName: "channel"))
    var brokenChannel: [String] = []

    func fill(_ options: inout World.Options, _ text: ScenarioText) throws {
        options.failures = try fail.map { try text.failure($0) }
        options.illnesses = try unhealthy.map { try text.illness($0) }
        options.silences = try silent.map { try text.silence($0) }
        for slowness in try slow.map({ try text.slowness($0) }) { options.slowness[slowness.0] = slowness.1 }
        options.freezes = try freeze.map { try text.freeze($0) }
        options.outside.missingEvidence = Set(without)
        options.outside.unsignedChanges = Set(unsigned)
        options.outside.brokenChannels = Set(brokenChannel)
    }
}
