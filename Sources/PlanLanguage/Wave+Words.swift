import TimeAndChance
import TrainModel

extension Wave {
    /// How its regions follow one another.
    var orderWords: String {
        switch regionsAtOnce {
        case nil: "all regions at the same time"
        case 1: "region by region"
        case .some(let count): "\(count) regions at once"
        }
    }

    /// What happens in each region, a line each.
    var rolloutWords: [String] {
        [rollout.words, checkWords, bake.words, onUnhealthy.words].filter { !$0.isEmpty }
    }

    private var checkWords: String {
        checks.isEmpty ? "" : "smoke tests: " + checks.map(\.words).joined(separator: ", ")
    }
}

extension Rollout {
    var words: String {
        var words = "hosts in batches of \(batch)"
        if let canary { words += ", \(canary) first" }
        if unavailable_max != batch { words += ", \(unavailable_max) out of service at most" }
        return words + ", \(timeout) each"
    }
}

extension Check {
    var words: String { name + (level == .warn ? " (warns)" : "") }
}

extension Bake {
    /// Empty where the smoke tests decide alone.
    var words: String {
        guard duration > .zero else { return "" }
        let hundredths = "\(unhealthy_max_bp % 100 + 100)".dropFirst()
        let percent = "\(unhealthy_max_bp / 100)" + (unhealthy_max_bp % 100 == 0 ? "" : ".\(hundredths)")
        var words = "bakes \(duration), a sample every \(every), \(samples_min) at least, unhealthy above \(percent)%"
        if silence != .inconclusive { words += ", silent hosts are \(silence.rawValue)" }
        if !comparisons.isEmpty { words += ", compared: " + comparisons.map(\.name).joined(separator: ", ") }
        if watchAfter > .zero { words += ", watched \(watchAfter) more" }
        return words
    }
}

extension UnhealthyPolicy {
    var words: String { "when unhealthy: \(spelling)" }
}
