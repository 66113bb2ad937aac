import TimeAndChance
import TrainModel

extension RegionView {
    /// What there is to say beside the state.
    func detail(in wave: WaveView, of release: ReleaseView) -> String {
        let held = release.holds(on: wave.subject(of: self))
        let words = held.filter { $0.kind != .answerAwaited && $0.kind != .baking }.map { $0.words(at: release.at) }
        return ([ownWords(in: wave, at: release.at)] + words).filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private func ownWords(in wave: WaveView, at now: Instant) -> String {
        switch state {
        case .queued:
            ([predecessor(in: wave).map { "after \($0)" }, closing(of: wave)].compactMap(\.self)).joined(
                separator: "; "
            )
        case .waiting: ""
        case .deploying: "\(count(of: "updated")) of \(hosts.count.counted("host")) updated" + stepWords
        case .baking:
            (bakeUntil.map { "bakes for another \(TimeText.age($0 - now)); " } ?? "") + sampleWords
        case .healthy:
            ([serviceWords, bakedWords].compactMap(\.self) + [hosts.count.counted("host"), sampleWords]).joined(
                separator: "   "
            )
        case .unhealthy: SafeText.line(failure)
        case .returning:
            "\(count(of: "returned")) of \(hosts.count.counted("host")) back on the old version" + stepWords
        case .returned:
            "\(count(of: "returned")) of \(hosts.count.counted("host")) back on the old version"
                + (failure.isEmpty ? "" : ": \(SafeText.line(failure))")
        }
    }

    /// The region whose turn it is before this one's, where the wave has begun.
    private func predecessor(in wave: WaveView) -> RegionName? {
        guard wave.state == .running || wave.state == .waiting else { return nil }
        return wave.regions.prefix { $0.region != region }.last { $0.state != .healthy }?.region
    }

    /// Said once, of the last region that is still to start.
    private func closing(of wave: WaveView) -> String? {
        guard let window = wave.window, window.isOpen, wave.regions.last?.region == region else { return nil }
        return "window \(window.words)"
    }

    private var serviceWords: String? { services.isEmpty ? nil : services.count.counted("service") }

    private var bakedWords: String? { baked.flatMap { $0 > .zero ? "baked \(TimeText.length($0))" : nil } }

    private var sampleWords: String {
        "\(healthySamples) healthy" + (unhealthySamples > 0 ? ", \(unhealthySamples) unhealthy" : "") + " samples"
    }

    private var stepWords: String {
        let working = hosts.filter { !$0.steps.isEmpty }
        guard !working.isEmpty else { return "" }
        return "; " + working.prefix(4).map { "\($0.host) \($0.stepWords)" }.joined(separator: ", ")
            + (working.count > 4 ? " and \(working.count - 4) more" : "")
    }

    private func count(of state: String) -> Int { hosts.count { $0.state == state } }
}

extension HostView {
    /// `fetch`, or `web fetch + worker start` when services differ.
    var stepWords: String {
        let different = Set(steps.values)
        if different.count == 1, let only = different.first { return only.rawValue }
        return steps.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.rawValue)" }.joined(separator: " + ")
    }

    /// Why somebody should look at it; nil while nobody needs to.
    var trouble: String? {
        let words =
            ([state == "failed" || state == "stuck" ? SafeText.line(sentence) : ""] + warnings.map(SafeText.line))
            .filter { !$0.isEmpty }
        if !words.isEmpty { return words.joined(separator: "; ") }
        return state == "failed" || state == "stuck" ? "no reason given" : nil
    }
}
