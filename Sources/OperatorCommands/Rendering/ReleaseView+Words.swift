import TimeAndChance
import TrainModel

// The words that `show`, `list` and both kinds of `watch` share.

extension ReleaseView {
    /// `20261120.2` when all services have one version, otherwise `web 2.0, worker 1.9`.
    var versionWords: String {
        let versions = Set(artifacts.values.map(\.version))
        if versions.count == 1, let only = versions.first { return only.text }
        return artifacts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.version)" }.joined(separator: ", ")
    }

    /// The wave that something happens in: the first that is neither promoted nor queued, else the last promoted.
    var currentWave: WaveView? {
        waves.first { ![.promoted, .queued, .skipped].contains($0.state) }
            ?? waves.last { $0.state == .promoted } ?? waves.first
    }

    /// `waiting` where a person has to approve and nothing else is going on, otherwise the release's state.
    var stateWord: String {
        guard state == .running, holds.contains(where: { $0.kind == .approval }) else { return state.word }
        return waves.contains { $0.regions.contains { $0.state.isBusy } } ? state.word : "waiting"
    }

    /// How long it has been what `stateWord` says, as far as that is known.
    var stateAge: Interval {
        if let ended { return ended - started }
        let asked = stateWord == "waiting" ? holds.filter { $0.kind == .approval }.compactMap(\.since).min() : nil
        return at - (asked ?? started)
    }

    /// Holds that only a person can end.
    var holdsForPeople: [Hold] {
        holds.filter { hold in
            switch hold.kind {
            case .approval, .paused, .stopped, .noHosts, .hostStuck: true
            case .hostAbsent, .answerAwaited, .tooManyUnavailable, .baking, .noHealthData: false
            }
        }
    }

    func holds(on subject: String) -> [Hold] { holds.filter { $0.subject == subject } }
}

extension ReleaseView.State {
    var word: String {
        switch self {
        case .rolledBack: "rolled back"
        case .running, .paused, .returning, .stopped, .completed, .aborted, .rejected: rawValue
        }
    }
}

extension WaveView {
    /// `production/part-1`, as holds name it.
    var subject: String { "\(stage)/\(wave)" }
    var title: String { "\(stage) / \(wave)" }

    func subject(of region: RegionView) -> String { "\(subject)/\(region.region)" }

    /// Whether its regions say more than its state does.
    var isWorthOpening: Bool {
        switch state {
        case .promoted: regions.contains { $0.state != .healthy }
        case .queued: regions.contains { $0.state != .queued }
        case .waiting, .running, .stopped: true
        case .skipped: false
        }
    }
}

extension RegionView.State {
    var isBusy: Bool {
        switch self {
        case .deploying, .baking, .returning: true
        case .queued, .waiting, .healthy, .unhealthy, .returned: false
        }
    }
}

extension Hold {
    /// `approval by somebody of oncall, not ana; since 12m`
    func words(at now: Instant) -> String {
        var words = SafeText.line(unmet)
        if kind == .approval, let since {
            words += "; asked \(TimeText.age(now - since)) ago"
        } else if let since {
            words += "; since \(TimeText.age(now - since))"
        }
        if let nextChange, kind != .baking { words += "; next change at \(TimeText.clock(nextChange))" }
        return words
    }
}

extension FailureView {
    /// `unhealthy first reported at 12:00:01.100; verdict after 5 ms; 6 hosts back on the old version after 640 ms`
    var words: String {
        let hosts = hostsReturned.counted("host")
        let way =
            if let returned {
                "\(hosts) back on the old version after \(TimeText.length(returned - firstUnhealthy))"
            } else {
                "\(hosts) back on the old version so far"
            }
        return "unhealthy first reported at \(TimeText.clock(firstUnhealthy)); "
            + "verdict after \(TimeText.length(verdict - firstUnhealthy)); \(way)"
    }
}
