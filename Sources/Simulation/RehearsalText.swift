import Calendars
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A rehearsal as people read it: the timeline, then for each release when each wave is through and what it waits for.
public struct RehearsalText: Sendable {
    public let rehearsal: Rehearsal
    public let zone: Zone
    /// Also single orders, receipts and hosts at work.
    public var hasDetails = false

    public init(_ rehearsal: Rehearsal, zone: Zone, hasDetails: Bool = false) {
        self.rehearsal = rehearsal
        self.zone = zone
        self.hasDetails = hasDetails
    }

    public var lines: [String] {
        timeline + (timeline.isEmpty ? [] : [""]) + rehearsal.runs.flatMap { answer($0) + [""] } + troubles
    }

    // MARK: - The timeline

    private var timeline: [String] {
        let shown = rehearsal.timeline.filter { hasDetails || !$0.isDetail }
        let clock = ClockWords(zone)
        let release_width = shown.map { $0.release?.text.count ?? 0 }.max() ?? 0
        let subject_width = min(48, shown.map(\.subject.count).max() ?? 0)
        return shown.map { entry in
            let columns = [
                clock.words(entry.at), padded(entry.release?.text ?? "", to: release_width),
                padded(entry.subject, to: subject_width), entry.sentence,
            ]
            return columns.joined(separator: "  ")
        }
    }

    // MARK: - When, and what it waits for

    private func answer(_ run: Rehearsal.Run) -> [String] {
        let clock = ClockWords(zone)
        let end = run.ended.map { " \(clock.words($0))" } ?? ""
        let reason = run.reason.isEmpty ? "" : ": \(run.reason)"
        var lines = ["\(run.release): \(run.state.rawValue)\(end)\(reason)"]
        let width = run.waves.map { "\($0.stage)/\($0.wave)".count }.max() ?? 0
        for wave in run.waves {
            lines.append("  \(padded("\(wave.stage)/\(wave.wave)", to: width))  \(words(wave, clock))")
            lines += wave.waits.map { wait in
                let length = wait.length(by: rehearsal.until).rounded
                let verb = wait.until == nil ? "waits for \(length) now" : "waited \(length)"
                let place =
                    ["\(wave.stage)/\(wave.wave)", run.release.text].contains(wait.subject) ? "" : " [\(wait.subject)]"
                let by = wait.by.isEmpty ? "" : " (\(wait.by.map(\.text).joined(separator: ", ")))"
                return "  \(padded("", to: width))    \(verb): \(wait.sentence)\(by)\(place)"
            }
        }
        return lines
    }

    private func words(_ wave: WaveRun, _ clock: ClockWords) -> String {
        guard let reached = wave.reached else { return "not reached" }
        guard let started = wave.started else { return "reached \(clock.short(reached)), not begun" }
        guard let promoted = wave.promoted else { return "began \(clock.short(started)), not done" }
        return "began \(clock.short(started)), done \(clock.short(promoted)) (\((promoted - reached).rounded) in all)"
    }

    private var troubles: [String] {
        rehearsal.refusals.map { "not started: \($0)" } + rehearsal.violations.map { "NEVER-EVENT: \($0)" }
    }

    private func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
