import OrderedCollections
import TimeAndChance
import TrainModel

/// What the outside is asked, with what is known where it is asked filled in.
extension ReleaseState {
    /// A check, with its names.
    public func asked(_ rule: ProbeRule, at key: GateKey, _ now: Instant) -> ProbeRule {
        let wave = plan.stages.first { $0.name == key.stage }?.waves.first { $0.name == key.wave }
        let placeholders = Placeholders(self, key.stage, key.wave, key.region, wave?.onlyService, at: now)
        var asked = rule
        asked.name = placeholders.fill(question: rule.name)
        asked.probes = rule.probes.map { probe in
            var asked = probe
            asked.name = placeholders.fill(question: probe.name)
            asked.kind = placeholders.fill(probe.kind)
            return asked
        }
        return asked
    }

    /// What is counted in a region before and after the change.
    func asked(_ question: Probe.Kind, in region: RegionName, _ now: Instant) -> Probe.Kind {
        guard let (stage, wave) = regions[region].map({ wave(at: $0.position) }) ?? current else { return question }
        return Placeholders(self, stage.name, wave.name, region, wave.onlyService, at: now).fill(question)
    }

    /// What might explain a failure of a service.
    func asked(_ question: Probe.Kind, in region: RegionName, of service: ServiceName, _ now: Instant) -> Probe.Kind {
        guard let (stage, wave) = regions[region].map({ wave(at: $0.position) }) else { return question }
        return Placeholders(self, stage.name, wave.name, region, service, at: now).fill(question)
    }
}

extension Wave {
    /// Nil where it has several: a question would be about any of them.
    fileprivate var onlyService: ServiceName? { services.count == 1 ? services[0] : nil }
}
