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

    /// `waiting` where a gate holds it and nothing else is going on, otherwise the release's state.
    var stateWord: String {
        guard state == .running, holds.contains(where: \.isGate) else { return state.word }
        return waves.contains { $0.regions.contains { $0.state.isBusy } } ? state.word : "waiting"
    }

    /// How long it has been what `stateWord` says, as far as that is known.
    var stateAge: Interval {
        if let ended { return ended - started }
        let asked = stateWord == "waiting" ? holds.filter(\.isGate).compactMap(\.since).min() : nil
        return at - (asked ?? started)
    }

    /// Holds that only a person can end.
    var holdsForPeople: [Hold] { holds.filter(\.isForPeople) }

    func holds(on subject: String) -> [Hold] { holds.filter { $0.subject == subject } }
}

extension ReleaseView.State {
    var word: String { self == .rolledBack ? "rolled back" : rawValue }
}

extension WaveView {
    /// `production/part-1`, as holds name it.
    var subject: String { "\(stage)/\(wave)" }
    var title: String { "\(stage) / \(wave)" }

    func subject(of region: RegionView) -> String { "\(subject)/\(region.region)" }

    /// `closed` where its window holds it before its turn could come.
    var stateWord: String { state == .queued && window?.isOpen == false ? "closed" : state.rawValue }

    /// Whether its regions say more than its state does.
    var isWorthOpening: Bool {
        switch state {
        case .promoted: regions.contains { $0.state != .healthy || $0.hosts.contains { $0.trouble != nil } }
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
    /// Something stands before a wave or region that has not begun.
    var isGate: Bool {
        switch kind {
        case .approval, .validation, .vote, .window, .freeze, .prerequisite, .evidence, .changes, .check, .task, .debt,
            .pinned:
            true
        case .paused, .stopped, .retrying, .noHosts, .hostAbsent, .clockOff, .hostInTrouble, .answerAwaited,
            .tooManyUnavailable, .baking,
            .noHealthData, .hostStuck, .comparing:
            false
        }
    }

    fileprivate var isForPeople: Bool {
        switch kind {
        case .approval, .validation, .vote, .evidence, .changes, .task, .debt, .paused, .stopped, .pinned, .noHosts,
            .hostStuck, .clockOff:
            true
        case .freeze: !canAct.isEmpty && nextChange == nil
        case .window, .prerequisite, .check, .retrying, .hostAbsent, .hostInTrouble, .answerAwaited,
            .tooManyUnavailable, .baking,
            .noHealthData, .comparing:
            false
        }
    }

    /// `approval by somebody of oncall, not ana; asked 12m ago`
    func words(at now: Instant) -> String {
        var words = SafeText.line(unmet)
        if let since { words += isQuestion ? "; asked \(TimeText.age(now - since)) ago" : sinceWords(now - since) }
        // A window says itself when it opens, and a bake when it ends.
        if let nextChange, kind != .baking, kind != .window {
            words += "; next change at \(TimeText.soon(nextChange, from: now))"
        }
        return words
    }

    private func sinceWords(_ age: Interval) -> String { kind == .window ? "" : "; since \(TimeText.age(age))" }

    /// Somebody has been asked to say something.
    private var isQuestion: Bool { [.approval, .validation, .vote, .task].contains(kind) }
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
