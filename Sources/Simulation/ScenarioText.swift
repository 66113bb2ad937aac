import Calendars
import TimeAndChance
import TrainModel

/// Why a text is no part of a scenario.
public struct ScenarioProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong and how it is written.
    public let sentence: String

    public var description: String { sentence }

    init(_ text: String, _ form: String) {
        sentence = "\"\(text.prefix(120))\" cannot be read; write \(form)"
    }
}

/// Reads what people write about a rehearsal: troubles, probes, people. Times without a zone are in `zone`.
public struct ScenarioText: Sendable {
    public static let timeForm = "a time as 2026-11-20T09:00"
    public static let failureForm =
        "region=NAME with any of host=, service=, version=, step=, check=, output=, exit=, times=, action=, and false"
    public static let illnessForm =
        "region=NAME with any of host=, service=, version=, after=, for=, percent= and reason="
    public static let silenceForm = "REGION/HOST, perhaps with `from TIME` and `until TIME`"
    public static let slownessForm = "REGION=TIMES, TIMES from 1 to 1000"
    public static let freezeForm = "TIME..TIME, perhaps after PLAN:"
    public static let probeForm = "NAME=VALUE, perhaps with `until TIME then VALUE` after it; `nothing` is no answer"
    public static let groupForm = "GROUP=PERSON,PERSON"
    public static let arrivalForm = "PLAN:TAG at TIME"

    public static let lengthsForm = "a length of time as 10m, or two as 5m..30m"
    public static let hoursForm = "days and times as Mon-Fri 09:00-17:00"
    public static let versionForm = "VERSION, or PLAN=VERSION"

    let zone: Zone

    public init(zone: Zone) {
        self.zone = zone
    }

    public func time(_ text: String) throws(ScenarioProblem) -> Instant {
        guard let local = LocalTime(text) else { throw ScenarioProblem(text, Self.timeForm) }
        return zone.instant(of: local)
    }

    /// `region=westus3,service=io,output=BadGatewayConnection,times=2`
    public func failure(_ text: String) throws(ScenarioProblem) -> InjectedFailure {
        var values = Values(text, keys: ["step", "check", "output", "exit", "times", "action", "false"])
        guard let place = values.takePlace() else { throw ScenarioProblem(text, Self.failureForm) }
        var failure = InjectedFailure(at: place)
        failure.step = values.take("step", Step.init(rawValue:)) ?? failure.step
        failure.check = values.take("check") { $0 } ?? ""
        failure.output = values.take("output") { $0 } ?? ""
        failure.exitCode = values.take("exit", Int.init) ?? failure.exitCode
        failure.times = values.take("times", Int.init)
        failure.action = values.take("action", Order.Action.init(rawValue:)) ?? failure.action
        failure.isFalse = values.take("false") { $0.isEmpty ? true : nil } ?? false
        guard values.areUsedUp, failure.times.map({ $0 > 0 }) ?? true else {
            throw ScenarioProblem(text, Self.failureForm)
        }
        return failure
    }

    /// `region=westus3,after=10m`
    public func illness(_ text: String) throws(ScenarioProblem) -> Illness {
        var values = Values(text, keys: ["after", "for", "percent", "reason"])
        guard let place = values.takePlace() else { throw ScenarioProblem(text, Self.illnessForm) }
        var illness = Illness(at: place)
        illness.after = values.take("after") { Interval($0) } ?? .zero
        illness.lasts = values.take("for") { Interval($0) }
        illness.percent = values.take("percent", Int.init) ?? 100
        illness.reason = values.take("reason") { $0 } ?? illness.reason
        guard values.areUsedUp, 1...100 ~= illness.percent else { throw ScenarioProblem(text, Self.illnessForm) }
        return illness
    }

    /// `westus3/host-1 from 2026-11-23T10:00 until 2026-11-23T12:00`
    public func silence(_ text: String) throws(ScenarioProblem) -> Silence {
        let words = text.split(separator: " ").map(String.init)
        let parts = (words.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let region = RegionName(parts[0]), let host = HostName(parts[1]) else {
            throw ScenarioProblem(text, Self.silenceForm)
        }
        var silence = Silence(of: HostKey(region: region, host: host))
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            guard let time = rest.popFirst() else { throw ScenarioProblem(text, Self.silenceForm) }
            switch word {
            case "from" where silence.from == nil: silence.from = try self.time(time)
            case "until" where silence.until == nil: silence.until = try self.time(time)
            default: throw ScenarioProblem(text, Self.silenceForm)
            }
        }
        return silence
    }

    /// `region=3`
    public func slowness(_ text: String) throws(ScenarioProblem) -> (RegionName, Int) {
        guard let (name, value) = Self.pair(text, "="), let region = RegionName(name), let times = Int(value),
            1...1_000 ~= times
        else { throw ScenarioProblem(text, Self.slownessForm) }
        return (region, times)
    }

    /// `2026-11-24T00:00..2026-11-25T00:00`, `shop:2026-11-24T00:00..2026-11-25T00:00`
    public func freeze(_ text: String) throws(ScenarioProblem) -> DeclaredFreeze {
        var times = text
        var plan: PlanName?
        if let (name, rest) = Self.pair(text, ":"), let named = PlanName(name), !name.contains("T") {
            (plan, times) = (named, rest)
        }
        guard let dots = times.firstRange(of: "..") else { throw ScenarioProblem(text, Self.freezeForm) }
        let from = try time(String(times[..<dots.lowerBound]))
        let until = try time(String(times[dots.upperBound...]))
        guard from < until else { throw ScenarioProblem(text, Self.freezeForm) }
        return DeclaredFreeze(plan: plan, from: from, until: until)
    }

    /// `queues=12 until 2026-11-23T10:00 then 0`
    public func probe(_ text: String) throws(ScenarioProblem) -> ProbeScript {
        guard let (name, value) = Self.pair(text, "="), !name.isEmpty else {
            throw ScenarioProblem(text, Self.probeForm)
        }
        var steps: [ProbeScript.Step] = []
        var rest = value
        while true {
            guard let then = rest.firstRange(of: " then ") else {
                steps.append(ProbeScript.Step(until: nil, value: Self.answer(rest)))
                return ProbeScript(name: name, steps: steps)
            }
            let step = String(rest[..<then.lowerBound])
            guard let until = step.firstRange(of: " until ") else { throw ScenarioProblem(text, Self.probeForm) }
            let end = try time(String(step[until.upperBound...]))
            steps.append(ProbeScript.Step(until: end, value: Self.answer(String(step[..<until.lowerBound]))))
            rest = String(rest[then.upperBound...])
        }
    }

    /// `leads=ana,bo`
    public func group(_ text: String) throws(ScenarioProblem) -> (GroupName, [PersonName]) {
        guard let (name, value) = Self.pair(text, "="), let group = GroupName(name) else {
            throw ScenarioProblem(text, Self.groupForm)
        }
        let words = value.split(separator: ",", omittingEmptySubsequences: false)
        let people = words.compactMap { PersonName($0) }
        guard people.count == words.count else { throw ScenarioProblem(text, Self.groupForm) }
        return (group, people)
    }

    /// `web:abc1234 at 2026-11-20T10:05`
    public func arrival(_ text: String) throws(ScenarioProblem) -> Arrival {
        guard let at = text.firstRange(of: " at "), let (name, tag) = Self.pair(String(text[..<at.lowerBound]), ":"),
            let plan = PlanName(name), let version = Version(tag)
        else { throw ScenarioProblem(text, Self.arrivalForm) }
        return Arrival(plan: plan, at: try time(String(text[at.upperBound...])), tag: version)
    }

    /// `10m`, `5m..30m`
    public func lengths(_ text: String) throws(ScenarioProblem) -> ClosedRange<Interval> {
        let parts = text.firstRange(of: "..").map { [text[..<$0.lowerBound], text[$0.upperBound...]] } ?? [text[...]]
        let lengths = parts.compactMap { Interval($0) }
        guard lengths.count == parts.count, let first = lengths.first, let last = lengths.last, first <= last else {
            throw ScenarioProblem(text, Self.lengthsForm)
        }
        return first...last
    }

    /// `Mon-Fri 09:00-17:00`
    public func hours(_ text: String) throws(ScenarioProblem) -> Window {
        guard let span = Window.Span(text) else { throw ScenarioProblem(text, Self.hoursForm) }
        return Window([span], zone: zone)
    }

    /// `20261120.1`, `images=20261120.1`; the plan is nil for all.
    public func version(_ text: String) throws(ScenarioProblem) -> (PlanName?, Version) {
        let (name, version) = Self.pair(text, "=").map { (Optional($0.0), $0.1) } ?? (nil, text)
        let plan = name.flatMap { PlanName($0) }
        guard let version = Version(version), name == nil || plan != nil else {
            throw ScenarioProblem(text, Self.versionForm)
        }
        return (plan, version)
    }

    private static func answer(_ text: String) -> String? { text == "nothing" ? nil : text }

    /// What stands before and after the first sign.
    private static func pair(_ text: String, _ sign: Character) -> (String, String)? {
        guard let place = text.firstIndex(of: sign) else { return nil }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }
}

/// `key=value` pairs with commas between them; a value may hold commas as long as no key follows one.
private struct Values {
    private var values: [String: String] = [:]
    private var isSound = true

    init(_ text: String, keys: [String]) {
        let known = Set(keys + ["region", "host", "service", "version"])
        var last: String?
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if known.contains(parts[0]) {
                if values.updateValue(parts.count > 1 ? parts[1] : "", forKey: parts[0]) != nil { isSound = false }
                last = parts[0]
            } else if let key = last {
                values[key]? += ",\(piece)"
            } else {
                isSound = false
            }
        }
    }

    /// Nil also where the value cannot be one, which `areUsedUp` tells.
    mutating func take<Value>(_ key: String, _ read: (String) -> Value?) -> Value? {
        guard let text = values[key], let value = read(text) else { return nil }
        values[key] = nil
        return value
    }

    /// Nil when nothing says where.
    mutating func takePlace() -> Place? {
        let place = Place(
            region: take("region") { RegionName($0) },
            host: take("host") { HostName($0) },
            service: take("service") { ServiceName($0) },
            version: take("version") { Version($0) }
        )
        return place == Place() ? nil : place
    }

    /// No value is left that nobody could read.
    var areUsedUp: Bool { isSound && values.isEmpty }
}
