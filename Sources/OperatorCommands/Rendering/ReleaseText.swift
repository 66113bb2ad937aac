import TimeAndChance
import TrainModel

/// `release show`: a header, then each wave and region with its state and what it waits for, in the holds' own words.
enum ReleaseText {
    static func lines(_ release: ReleaseView) -> [String] {
        [header(release)] + about(release) + waves(release) + toGoOn(release) + ending(release)
    }

    static func header(_ release: ReleaseView) -> String {
        let wave = release.state.hasEnded ? nil : release.currentWave?.title
        let state = "\(release.stateWord) \(release.state.hasEnded ? "after " : "")\(TimeText.age(release.stateAge))"
        return ["\(release.id)", release.versionWords, wave, state].compactMap(\.self).joined(separator: "   ")
    }

    private static func about(_ release: ReleaseView) -> [String] {
        let words = release.description.isEmpty ? "" : ": \(SafeText.line(release.description))"
        return ["  started by \(release.author) at \(TimeText.date(release.started)) UTC\(words)"]
            + (release.maturity.isEmpty ? [] : ["  \(SafeText.line(release.maturity)) by its measured quality"])
            + release.waivers.map { waiver in
                "  without \(SafeText.line(waiver.subject)): \(SafeText.line(waiver.reason)) "
                    + "(\(waiver.by), \(TimeText.minute(waiver.at)))"
            }
    }

    /// The regions of the wave in hand, one a line; every other wave in a line of its own, in order.
    private static func waves(_ release: ReleaseView) -> [String] {
        let current = release.state.hasEnded ? nil : release.currentWave
        var table = Table(indent: 2)
        for (index, wave) in release.waves.enumerated() {
            let isCurrent = wave.subject == current?.subject
            let held = release.holds(on: wave.subject)
            // The header names the wave in hand already.
            let isTitled = !isCurrent || !held.isEmpty || !wave.isWorthOpening
            if isTitled {
                let title = wave.stage == current?.stage ? wave.wave.text : wave.title
                table.add(title, wave.stateWord, summary(of: wave, at: index, in: release))
            }
            guard wave.isWorthOpening else { continue }
            for region in wave.regions { add(region, of: wave, in: release, indent: isTitled ? "  " : "", to: &table) }
        }
        return table.lines
    }

    private static func add(
        _ region: RegionView,
        of wave: WaveView,
        in release: ReleaseView,
        indent: String,
        to table: inout Table
    ) {
        table.add("\(indent)\(region.region)", region.state.rawValue, region.detail(in: wave, of: release))
        for host in region.hosts {
            if let trouble = host.trouble { table.add("\(indent)  \(host.host)", host.state, trouble) }
            for link in host.links { table.add("\(indent)  \(host.host)", "link", SafeText.line(link)) }
        }
    }

    private static func summary(of wave: WaveView, at index: Int, in release: ReleaseView) -> String {
        let held = release.holds(on: wave.subject).map { $0.words(at: release.at) }.joined(separator: "; ")
        if !held.isEmpty { return held }
        if wave.isWorthOpening { return "" }
        if let window = wave.window, !window.isOpen { return window.words }
        let regions = wave.regions.map(\.region.text).joined(separator: ", ")
        guard wave.state == .queued, index > 0, !release.state.hasEnded else { return regions }
        return "after \(release.waves[index - 1].title): \(regions)"
    }

    /// Who can act, for every hold that somebody can end.
    private static func toGoOn(_ release: ReleaseView) -> [String] {
        var table = Table(indent: 4)
        for hold in release.holds where !hold.canAct.isEmpty {
            let about =
                hold.subject == release.id.text ? "\(hold.subject): \(hold.words(at: release.at))" : hold.subject
            table.add(about, SafeText.line(hold.canAct))
        }
        let gates = release.gates.filter { $0.state == .waiting }
        let checklists = gates.flatMap { DecisionText.checklist(of: $0) }.map { "    \($0)" }
        return table.rows.isEmpty ? [] : ["  to go on:"] + table.lines + checklists
    }

    private static func ending(_ release: ReleaseView) -> [String] {
        var lines: [String] = []
        if !release.reason.isEmpty { lines.append("  \(release.stateWord): \(SafeText.line(release.reason))") }
        if let failure = release.failure {
            if failure.reason != release.reason {
                lines.append("  \(failure.region): \(SafeText.line(failure.reason))")
            }
            lines.append("  \(failure.words)")
        }
        return lines
    }
}
