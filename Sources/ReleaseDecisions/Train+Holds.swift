import OrderedCollections
import TimeAndChance
import TrainModel

/// "Why not yet" as data, derived from the same state that decides.
extension Train {
    /// Everything that keeps a release from going on; empty only for one that has ended.
    public func holds(of release: ReleaseState, at now: Instant) -> [Hold] {
        guard release.isActive else { return [] }
        var holds: [Hold] = []
        if let paused = release.paused {
            holds.append(
                Hold(
                    kind: .paused,
                    subject: release.id.text,
                    unmet: "\(paused.by) paused it" + (paused.reason.isEmpty ? "" : ": \(paused.reason)"),
                    canAct: "an operator: `wavetrain release resume \(release.id)`",
                    since: paused.since,
                    nextChange: nil
                )
            )
        }
        if case .stopped(let reason) = release.phase {
            holds.append(
                Hold(
                    kind: .stopped,
                    subject: release.id.text,
                    unmet: reason,
                    canAct:
                        "an operator: `wavetrain release rollback \(release.id)` or `wavetrain release abort \(release.id)`",
                    since: nil,
                    nextChange: nil
                )
            )
        }
        holds += freezeHolds(of: release, at: now)
        holds += gateHolds(of: release, at: now)
        holds += emptyRegions(of: release)
        holds += pinHolds(of: release)
        for (region, progress) in release.regions { holds += self.holds(in: region, progress, of: release, at: now) }
        return holds
    }

    private func emptyRegions(of release: ReleaseState) -> [Hold] {
        guard release.phase == .running, release.waveStarted, let (stage, wave) = release.current else { return [] }
        return release.startable.filter { state.fleet.members(of: $0).isEmpty }.map { region in
            Hold(
                kind: .noHosts,
                subject: "\(stage.name)/\(wave.name)/\(region)",
                unmet: "\(region) has no host, and an empty region is never healthy",
                canAct: "an operator: enrol an agent there with `wavetrain agent token --region \(region)`",
                since: release.gates.regionsReached[region] ?? release.waveReached,
                nextChange: nil
            )
        }
    }

    private func holds(
        in region: RegionName,
        _ progress: RegionState,
        of release: ReleaseState,
        at now: Instant
    ) -> [Hold] {
        let (stage, wave) = release.wave(at: progress.position)
        let subject = "\(stage.name)/\(wave.name)/\(region)"
        switch (release.phase, progress.phase) {
        case (.running, .deploying) where progress.hostCount == 0, (.running, .baking) where progress.hostCount == 0:
            return [emptied(region, of: release, subject)]
        case (.running, .deploying), (.returning, .returning):
            return workHolds(in: region, progress, of: release.id, wave: wave, subject: subject)
        case (.running, .baking(let until)):
            return bakeHolds(in: region, progress, of: release, wave: wave, until: until, subject: subject, at: now)
        case (.stopped, .returned):
            let stuck = progress.hosts.filter { $0.value.phase == .stuck }
            return stuck.map { host, state in
                Hold(
                    kind: .hostStuck,
                    subject: subject,
                    unmet: "\(region)/\(host) could not return: \(state.sentence)",
                    canAct: "somebody with access to \(host)",
                    since: progress.ended,
                    nextChange: nil
                )
            }
        default: return []
        }
    }

    private func emptied(_ region: RegionName, of release: ReleaseState, _ subject: String) -> Hold {
        Hold(
            kind: .noHosts,
            subject: subject,
            unmet:
                "every host that \(region) had when it started has been revoked, and an empty region is never healthy",
            canAct:
                "an operator: `wavetrain release rollback \(release.id)` or `wavetrain release abort \(release.id)`",
            since: nil,
            nextChange: nil
        )
    }

    private func workHolds(
        in region: RegionName,
        _ progress: RegionState,
        of release: ReleaseID,
        wave: Wave,
        subject: String
    ) -> [Hold] {
        let awaited = progress.hosts.filter { $0.value.servicesAwaited > 0 }.keys
        let retrying = retryHolds(progress, subject: subject)
        if awaited.isEmpty {
            guard retrying.isEmpty else { return retrying }
            if progress.hostsLeft > 0, let other = worksBefore(release, in: region) {
                return [
                    Hold(
                        kind: .answerAwaited,
                        subject: subject,
                        unmet: "\(other) is at work in \(region) on what \(release) takes there, too",
                        canAct: "the hosts there, by answering \(other)",
                        since: nil,
                        nextChange: nil
                    )
                ]
            }
            guard let room = observed.rooms[WorkKey(release: release, region: region)], room.unavailable > 0 else {
                return []
            }
            let out = room.unavailablePlaces.map { progress.hosts.keys[$0] }
            let limit = wave.rollout.unavailable_max.hosts(of: progress.hostCount)
            return [
                Hold(
                    kind: .tooManyUnavailable,
                    subject: subject,
                    unmet:
                        "\(out.count) of \(progress.hostCount) hosts are out of service or not heard of (\(Self.list(out))) and the plan allows \(limit)",
                    canAct: "the hosts, by coming back healthy; or an operator, by revoking those that are gone",
                    since: nil,
                    nextChange: nil
                )
            ]
        }
        let troubled = awaited.filter { observed.troubles[HostKey(region: region, host: $0)] != nil }
        let off = awaited.filter {
            observed.clocks[HostKey(region: region, host: $0)]?.isOff == true && !troubled.contains($0)
        }
        let absent = awaited.filter {
            !observed.connected.contains(HostKey(region: region, host: $0)) && !troubled.contains($0)
        }
        let present = awaited.filter { !absent.contains($0) && !off.contains($0) && !troubled.contains($0) }
        var holds = retrying + off.map { clockHold(HostKey(region: region, host: $0), subject: subject) }
        holds += troubleHolds(troubled, in: region, subject: subject)
        if !absent.isEmpty {
            let since = absent.compactMap { observed.lastSeen[HostKey(region: region, host: $0)] }.min()
            holds.append(
                Hold(
                    kind: .hostAbsent,
                    subject: subject,
                    unmet: "no link to \(Self.list(Array(absent))), whose answer is awaited",
                    canAct: "the agent there, by connecting; or an operator, by aborting or rolling back",
                    since: since,
                    nextChange: nil
                )
            )
        }
        if !present.isEmpty {
            holds.append(
                Hold(
                    kind: .answerAwaited,
                    subject: subject,
                    unmet: "\(Self.list(Array(present))) at work",
                    canAct: "",
                    since: progress.started,
                    nextChange: nil
                )
            )
        }
        return holds
    }

    /// Which smoke tests see nothing, where any does: that is what somebody must mend.
    private func blindness(of hosts: [HostName], in region: RegionName) -> String {
        let blind = hosts.lazy.compactMap { host -> String? in
            let services = (observed.checks[HostKey(region: region, host: host)] ?? [:]).sorted { $0.key < $1.key }
            return services.lazy.compactMap { service, checks -> String? in
                checks.first { $0.blind > 0 }.map { "\($0.check) of \(service) on \(host): \($0.firstFailure)" }
            }.first
        }
        return blind.first.map { "; a smoke test sees nothing: \($0)" } ?? ""
    }

    private func clockHold(_ host: HostKey, subject: String) -> Hold {
        Hold(
            kind: .clockOff,
            subject: subject,
            unmet:
                "the clock of \(host.host) is \(observed.clocks[host]?.words ?? "off"); beyond \(ClockReading.ahead_max) it takes no orders",
            canAct: "somebody with access to \(host.host), by setting its clock right",
            since: nil,
            nextChange: nil
        )
    }

    private func retryHolds(_ progress: RegionState, subject: String) -> [Hold] {
        progress.retries.map { retry in
            Hold(
                kind: .retrying,
                subject: subject,
                unmet:
                    "\(retry.service) on \(retry.host) failed by \(retry.rule), which passes; attempt \(retry.attempt) follows",
                canAct: "",
                since: nil,
                nextChange: retry.at
            )
        }
    }

    private func bakeHolds(
        in region: RegionName,
        _ progress: RegionState,
        of release: ReleaseState,
        wave: Wave,
        until: Instant,
        subject: String,
        at now: Instant
    ) -> [Hold] {
        guard now >= until else {
            return [
                Hold(
                    kind: .baking,
                    subject: subject,
                    unmet: "bakes for \(wave.bake.duration)",
                    canAct: "",
                    since: until - wave.bake.duration,
                    nextChange: until
                )
            ]
        }
        let without = doubtfulHosts(of: progress, in: region, release, wave.bake, at: now)
        guard !without.isEmpty else {
            return comparisonHolds(in: region, of: release.id, subject: subject, since: until)
        }
        return [
            Hold(
                kind: .noHealthData,
                subject: subject,
                unmet:
                    "the bake is over, but \(Self.list(without)) is not known to be healthy now: no link, no late sample, fewer than \(wave.bake.samples_min) samples, or the last one unhealthy"
                    + blindness(of: without, in: region),
                canAct: "the agent there, by reporting; or an operator, by aborting or rolling back",
                since: until,
                nextChange: nil
            )
        ]
    }

    /// At most five names, so that a sentence stays one.
    private static func list(_ hosts: [HostName]) -> String {
        let named = hosts.prefix(5).map(\.text).joined(separator: ", ")
        return hosts.count > 5 ? "\(named) and \(hosts.count - 5) more" : named
    }
}
