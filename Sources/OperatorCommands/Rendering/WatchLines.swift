import TimeAndChance
import TrainModel

/// `release watch` without a terminal: one line, with its time, for each change of a release, wave, region or hold.
enum WatchLines {
    /// - Parameter old: nil for the first view, of which everything that has begun is said.
    static func changes(from old: ReleaseView?, to new: ReleaseView) -> [String] {
        let said = stateChange(old, new) + waveChanges(old, new) + holdChanges(old, new) + failureChange(old, new)
        return said.map { "\(TimeText.clock(new.at))  \($0)" }
    }

    /// What a watch that only waits for the next hold says first: what goes on now, not what others have been told.
    static func present(_ view: ReleaseView) -> [String] {
        var before = view
        before.holds = []
        before.failure = nil
        if view.state != .running { before.state = .running }
        for wave in before.waves.indices {
            for region in before.waves[wave].regions.indices
            where before.waves[wave].regions[region].state.isBusy {
                before.waves[wave].regions[region].state = .queued
                before.waves[wave].regions[region].hosts = []
            }
        }
        return changes(from: before, to: view)
    }

    private static func stateChange(_ old: ReleaseView?, _ new: ReleaseView) -> [String] {
        guard old?.state != new.state else { return [] }
        let reason = new.reason.isEmpty ? "" : ": \(SafeText.line(new.reason))"
        return ["\(new.id)  \(new.state.word)\(reason)"]
    }

    private static func waveChanges(_ old: ReleaseView?, _ new: ReleaseView) -> [String] {
        let known = Dictionary((old?.waves ?? []).map { ($0.subject, $0) }) { first, _ in first }
        return new.waves.flatMap { wave in
            let before = known[wave.subject]
            var lines: [String] = []
            if wave.state != before?.state ?? .queued { lines.append("\(wave.subject)  \(wave.state.rawValue)") }
            return lines + regionChanges(before, wave, new)
        }
    }

    private static func regionChanges(_ old: WaveView?, _ wave: WaveView, _ release: ReleaseView) -> [String] {
        let known = Dictionary((old?.regions ?? []).map { ($0.region, $0) }) { first, _ in first }
        return wave.regions.flatMap { region in
            let before = known[region.region]
            var lines: [String] = []
            // What a waiting region waits for is a hold, with a line of its own.
            if region.state != before?.state ?? .queued {
                let detail = region.state == .waiting ? "" : region.detail(in: wave, of: release)
                lines.append(
                    "\(wave.subject(of: region))  \(region.state.rawValue)" + (detail.isEmpty ? "" : "  \(detail)")
                )
            }
            return lines + hostChanges(before, region, subject: wave.subject(of: region))
        }
    }

    private static func hostChanges(_ old: RegionView?, _ region: RegionView, subject: String) -> [String] {
        let known = Dictionary((old?.hosts ?? []).map { ($0.host, $0) }) { first, _ in first }
        return region.hosts.compactMap { host in
            guard let trouble = host.trouble, known[host.host]?.trouble != trouble else { return nil }
            return "\(subject)/\(host.host)  \(host.state)  \(trouble)"
        }
    }

    private static func holdChanges(_ old: ReleaseView?, _ new: ReleaseView) -> [String] {
        // An end takes every hold with it.
        let before = new.state.hasEnded ? [] : (old?.holds ?? []).filter(\.isNews)
        let after = new.holds.filter(\.isNews)
        let begun = after.filter { hold in !before.contains { $0.isSame(as: hold) } }.map { hold in
            let act = hold.canAct.isEmpty ? "" : "; \(SafeText.line(hold.canAct))"
            return "\(hold.subject)  held: \(SafeText.line(hold.unmet))\(act)"
        }
        let ended = before.filter { hold in !after.contains { $0.isSame(as: hold) } }.map { hold in
            "\(hold.subject)  no longer held: \(SafeText.line(hold.unmet))"
        }
        return ended + begun
    }

    private static func failureChange(_ old: ReleaseView?, _ new: ReleaseView) -> [String] {
        guard let failure = new.failure else { return [] }
        guard let known = old?.failure, known.region == failure.region else {
            return ["\(new.id)  \(failure.region): \(SafeText.line(failure.reason))", "\(new.id)  \(failure.words)"]
        }
        // Hosts come back one by one; the count is said when the last one is.
        return known.returned == failure.returned ? [] : ["\(new.id)  \(failure.words)"]
    }
}

extension Hold {
    /// Work and bakes are told by the regions' own lines.
    fileprivate var isNews: Bool { kind != .answerAwaited && kind != .baking }

    /// The same hold, though its words may count something that moves.
    fileprivate func isSame(as other: Hold) -> Bool { kind == other.kind && subject == other.subject }
}
