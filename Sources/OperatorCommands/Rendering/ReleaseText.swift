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
    }

    private static func waves(_ release: ReleaseView) -> [String] {
        var table = Table(indent: 2)
        for (index, wave) in release.waves.enumerated() {
            table.add(wave.title, wave.state.rawValue, summary(of: wave, at: index, in: release))
            guard wave.isWorthOpening else { continue }
            for region in wave.regions {
                table.add("  \(region.region)", region.state.rawValue, region.detail(in: wave, of: release))
                for host in region.hosts {
                    if let trouble = host.trouble { table.add("    \(host.host)", host.state, trouble) }
                    for link in host.links { table.add("    \(host.host)", "link", SafeText.line(link)) }
                }
            }
        }
        return table.lines
    }

    private static func summary(of wave: WaveView, at index: Int, in release: ReleaseView) -> String {
        let held = release.holds(on: wave.subject).map { $0.words(at: release.at) }.joined(separator: "; ")
        if !held.isEmpty { return held }
        if wave.isWorthOpening { return "" }
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
        return table.rows.isEmpty ? [] : ["  to go on:"] + table.lines
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
