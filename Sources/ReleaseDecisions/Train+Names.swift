import OrderedCollections
import TimeAndChance
import TrainModel

/// Rules for names, where a release's own facts fill them in. The compiler has judged those that it knew.
extension Train {
    func requireNames(in release: ReleaseState, at now: Instant) throws(Refusal) {
        let rules = release.plan.namingRules
        guard !rules.isEmpty else { return }
        for name in names(in: release, at: now) {
            guard
                let broken = rules.first(where: {
                    $0.key == name.key && !ArtifactRule.matches($0.pattern, name.value)
                })
            else { continue }
            throw Refusal(
                .invalid,
                "\(name.key) of \(name.service) in \(name.region) would be \"\(name.value)\", which the plan's rule `\(broken.pattern)` refuses; take a version or candidate that fits, or mend `names` in the plan"
            )
        }
    }

    private struct FilledName {
        let key: String
        let value: String
        let service: ServiceName
        let region: RegionName
    }

    /// Texts that are known only now, as they will be wherever the release goes.
    private func names(in release: ReleaseState, at now: Instant) -> [FilledName] {
        var names: [FilledName] = []
        for (stageIndex, stage) in release.plan.stages.enumerated() {
            for (waveIndex, wave) in stage.waves.enumerated() {
                let position = WavePosition(stage: stageIndex, wave: waveIndex)
                for region in wave.regions {
                    for service in release.services(of: wave) {
                        names += self.names(of: service, in: region, at: position, release, now)
                    }
                }
            }
        }
        return names
    }

    private func names(
        of service: ServiceName,
        in region: RegionName,
        at position: WavePosition,
        _ release: ReleaseState,
        _ now: Instant
    ) -> [FilledName] {
        guard let artifact = release.artifacts[service] else { return [] }
        let placeholders = Placeholders(
            release,
            in: region,
            at: position,
            of: service,
            artifact,
            previous: state.targets[TargetKey(region: region, service: service)]?.blessed,
            reference: state.reference(of: artifact),
            at: now
        )
        let wave = release.wave(at: position).wave
        let variables = wave.variables.overridden(by: release.rules(of: service)?.variables ?? [])
        let texts =
            variables.map { ($0.key, $0.value) } + release.tags(of: service, in: wave).map { ($0.key, $0.value) }
        return texts.filter { $0.1.contains("{") || release.tags.contains(Tag(key: $0.0, value: $0.1)) }.map {
            key,
            text in
            FilledName(key: key, value: placeholders.fill(text), service: service, region: region)
        }
    }
}
