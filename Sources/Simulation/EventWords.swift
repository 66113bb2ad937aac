import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// An event in a sentence. Its own values stand in it in a fixed order, so that one history has one timeline.
struct EventWords {
    let release: ReleaseID?
    let subject: String
    let sentence: String
    var isDetail = false

    /// Nil for the fleet's own events, which a rehearsal brings about itself.
    init?(_ event: Event, at now: Instant, in state: TrainState) {
        guard
            let words = Self.ofRelease(event, in: state) ?? Self.ofRegion(event, in: state)
                ?? Self.ofGate(event, at: now, in: state) ?? Self.ofTrain(event)
        else { return nil }
        self = words
    }

    private init(_ release: ReleaseID?, _ subject: String, _ sentence: String, isDetail: Bool = false) {
        self.release = release
        self.subject = subject
        self.sentence = sentence
        self.isDetail = isDetail
    }

    private static func because(_ reason: String) -> String { reason.isEmpty ? "" : ": \(reason)" }

    // MARK: - Releases

    private static func ofRelease(_ event: Event, in state: TrainState) -> EventWords? {
        switch event {
        case .releaseStarted(let event):
            let versions = event.services.compactMap { service in
                event.artifacts[service].map { (service, $0.version) }
            }
            return EventWords(event.release, "", "\(event.author) starts it with \(counted(versions))")
        case .releasePaused(let event):
            return EventWords(event.release, "", "\(event.by) pauses it\(because(event.reason))")
        case .releaseResumed(let event): return EventWords(event.release, "", "\(event.by) resumes it")
        case .releaseStopped(let event): return EventWords(event.release, "", "stops: \(event.reason)")
        case .releaseEnded(let event):
            let by = event.by.map { " by \($0)" } ?? ""
            return EventWords(event.release, "", "ends as \(event.outcome.rawValue)\(by)\(because(event.reason))")
        case .releaseRepinned(let event):
            return EventWords(
                event.release,
                "",
                "\(event.by) gives it other artifacts; earlier decisions count no more"
            )
        case .waveStarted(let event): return EventWords(event.release, "\(event.stage)/\(event.wave)", "begins")
        case .wavePromoted(let event):
            return EventWords(event.release, "\(event.stage)/\(event.wave)", "healthy; promoted")
        case .returnStarted(let event):
            let regions = event.regions.map(\.text).joined(separator: ", ")
            return EventWords(event.release, "", "returns \(regions) to what ran before: \(event.cause)")
        case .actRefused(let event):
            return EventWords(nil, event.subject, "\(event.by) may not \(event.act) (\(event.code))")
        default: return nil
        }
    }

    /// One version is named once.
    private static func counted(_ versions: [(ServiceName, Version)]) -> String {
        guard let first = versions.first, versions.contains(where: { $0.1 != first.1 }) else {
            let names = versions.map(\.0.text).joined(separator: ", ")
            return versions.first.map { "\($0.1) (\(names))" } ?? "nothing"
        }
        return versions.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    // MARK: - Regions

    private static func ofRegion(_ event: Event, in state: TrainState) -> EventWords? {
        func words(_ id: ReleaseID, _ region: RegionName, _ sentence: String, isDetail: Bool = false) -> EventWords {
            let subject = state.releases[id]?.plan.subject(of: region) ?? region.text
            return EventWords(id, subject, sentence, isDetail: isDetail)
        }
        switch event {
        case .regionStarted(let event):
            let services = event.generations.keys.sorted().map(\.text).joined(separator: ", ")
            return words(event.release, event.region, "deploying \(services) to \(event.hosts.count.of("host"))")
        case .bakeStarted(let event):
            let duration = state.releases[event.release]?.plan.wave(of: event.region)?.bake.duration ?? .zero
            guard duration > .zero else { return nil }
            return words(event.release, event.region, "deployed; bakes for \(duration)")
        case .verdictReached(let event):
            let samples = event.healthySamples + event.unhealthySamples
            let sentence =
                event.verdict == .healthy
                ? "healthy" + (samples > 0 ? " after \(samples.of("sample"))" : "") : "unhealthy: \(event.reason)"
            return words(event.release, event.region, sentence)
        case .regionReturning(let event): return words(event.release, event.region, "returning")
        case .regionReturned(let event):
            let stuck = event.stuck.map(\.text).joined(separator: ", ")
            return words(event.release, event.region, stuck.isEmpty ? "returned" : "returned, but \(stuck) could not")
        case .orderIssued(let event):
            let sentence = "orders \(event.hosts.map(\.text).joined(separator: ", ")) to \(event.words)"
            return words(event.release, event.region, sentence, isDetail: true)
        case .orderRenewed(let event):
            let region = state.releases[event.release]?.orders[event.order]?.issued.region
            return region.map { words(event.release, $0, "gives \(event.order) again", isDetail: true) }
        case .orderRefused(let event):
            return words(event.release, event.host.region, "\(event.host.host) refuses: \(event.refusal.sentence)")
        case .receiptReceived(let event): return ofReceipt(event.receipt, words)
        case .retryPlanned(let event):
            let sentence =
                "\(event.service) on \(event.host.host) is tried again (\(event.rule)), attempt \(event.attempt)"
            return words(event.release, event.host.region, sentence)
        case .failureDiagnosed(let event):
            let findings = event.findings.map { "\($0.name): \($0.text)" }.joined(separator: "; ")
            return words(event.release, event.host.region, "looked up for \(event.host.host): \(findings)")
        case .hostsPassed(let event):
            let hosts = event.hosts.map(\.text).joined(separator: ", ")
            return words(event.release, event.region, "nothing is left to do on \(hosts)", isDetail: true)
        case .partReturning(let event):
            let services = event.services.map(\.text).joined(separator: ", ")
            return words(event.release, event.region, "returning \(services)\(because(event.cause))")
        case .comparisonConcluded(let event):
            return words(event.release, event.region, "\(event.name): \(event.sentence)")
        case .regionsPinned(let event):
            return EventWords(
                event.release,
                "",
                "\(event.targets.count.of("target")) stay until a person releases them"
            )
        default: return nil
        }
    }

    private static func ofReceipt(
        _ receipt: Receipt,
        _ words: (ReleaseID, RegionName, String, Bool) -> EventWords
    ) -> EventWords {
        let what = "\(receipt.service) on \(receipt.host.host)"
        guard receipt.outcome != .applied else {
            let note = receipt.warnings.isEmpty ? "" : " (\(receipt.warnings.joined(separator: "; ")))"
            let sentence = "\(what) runs \(receipt.running?.version.text ?? "nothing")\(note)"
            return words(receipt.release, receipt.host.region, sentence, note.isEmpty)
        }
        let rule = receipt.rule.isEmpty ? "" : " (\(receipt.rule))"
        let step = receipt.failedStep.map { " at \($0.rawValue)" } ?? ""
        return words(receipt.release, receipt.host.region, "\(what) failed\(step): \(receipt.sentence)\(rule)", false)
    }

    // MARK: - Gates

    /// `0 from http://queues.example.com/eu`: what was asked, with its placeholders filled in.
    private static func answers(_ event: CheckConcluded, at now: Instant, in state: TrainState) -> String {
        let answers = event.answers.map { $0.failure.isEmpty ? $0.value : $0.failure }
        guard let release = state.releases[event.release], case .check(let rule) = release.plan.gate(at: event.gate),
            rule.probes.count == answers.count
        else { return answers.joined(separator: ", ") }
        let questions = release.asked(rule, at: event.gate, now).probes.map(\.kind.text)
        return zip(answers, questions).map { "\($0) from \($1)" }.joined(separator: ", ")
    }

    private static func ofGate(_ event: Event, at now: Instant, in state: TrainState) -> EventWords? {
        switch event {
        case .gateDecided(let event):
            let gate = state.releases[event.release]?.plan.gate(at: event.gate)
            let verb = event.decision == .rejected ? "rejects" : gate?.isValidation == true ? "validates" : "approves"
            return EventWords(event.release, "\(event.gate)", "\(event.by) \(verb)\(because(event.reason))")
        case .voteCast(let event):
            let vote = event.isVeto ? "vetoes" : event.isGo ? "votes GO" : "votes NO-GO"
            return EventWords(
                event.release,
                "\(event.gate)",
                "\(event.by) \(vote) as \(event.role)\(because(event.reason))"
            )
        case .taskDone(let event):
            return EventWords(event.release, "\(event.gate)", "\(event.by) has done it\(because(event.note))")
        case .checkConcluded(let event):
            let verdict = event.passed ? "check passed" : "check given up"
            return EventWords(event.release, "\(event.gate)", verdict + because(answers(event, at: now, in: state)))
        case .decisionsVoided(let event):
            let gates = event.gates.map(\.description).joined(separator: ", ")
            return EventWords(event.release, gates, "earlier decisions count no more: \(event.reason)")
        case .glassBroken(let event):
            return EventWords(event.release, "\(event.gate)", "\(event.by) breaks the glass: \(event.reason)")
        case .attested(let event):
            let about =
                switch event.attestation.subject {
                case .artifact(let digest): digest.prefix
                case .change(let id): id
                }
            let sentence = "\(event.by) attests \(event.attestation.predicate)"
            return EventWords(nil, about, sentence, isDetail: true)
        case .attestationRevoked(let event):
            return EventWords(nil, event.id.prefix, "\(event.by) revokes an attestation\(because(event.reason))")
        case .waived(let event):
            return EventWords(event.release, event.subject, "\(event.by) waives it: \(event.reason)")
        default: return nil
        }
    }

    // MARK: - Trains

    private static func ofTrain(_ event: Event) -> EventWords? {
        switch event {
        case .artifactPushed(let event):
            return EventWords(nil, "\(event.artifact)", "arrives from \(event.by)", isDetail: true)
        case .bundlesRemoved(let event):
            return EventWords(nil, "bundles", "\(event.digests.count) that nothing needs are removed", isDetail: true)
        case .freezeDeclared(let event):
            return EventWords(nil, event.plan?.text ?? "everything", "\(event.by) freezes it\(because(event.reason))")
        case .freezeLifted(let event):
            return EventWords(nil, event.plan?.text ?? "everything", "\(event.by) lifts the freeze")
        case .oncallOverridden(let event):
            return EventWords(nil, event.rotation.text, "\(event.person) takes over\(because(event.reason))")
        case .planRegistered(let event):
            return EventWords(nil, event.plan.name.text, "\(event.by) registers the plan", isDetail: true)
        case .planWithdrawn(let event): return EventWords(nil, event.plan.text, "\(event.by) withdraws the plan")
        case .trainDeparted(let event):
            let what = event.release.map { "departs with \($0)" } ?? "does not depart: \(event.reason)"
            return EventWords(event.release, "\(event.train)/\(event.plan)", what)
        case .candidateCut(let event):
            let changes = event.candidate.changes.count.of("change")
            return EventWords(nil, event.plan.text, "candidate \(event.candidate.tag) is cut with \(changes)")
        case .tagArrived(let event): return EventWords(nil, event.plan.text, "\(event.artifact) arrives")
        case .alarmRaised(let event): return EventWords(nil, event.alarm.subject, "alarm: \(event.alarm.sentence)")
        case .alarmCleared(let event): return EventWords(nil, event.subject, "alarm over (\(event.kind.rawValue))")
        case .debtOpened(let event): return EventWords(event.debt.release, "", "owes: \(event.debt.sentence)")
        case .debtPaid(let event): return EventWords(nil, event.id, "\(event.by) paid it\(because(event.note))")
        case .noticeQueued(let event):
            let notice = event.notice
            return EventWords(notice.release, "", "tells \(notice.channel): \(notice.sentence)", isDetail: true)
        case .noticeSettled(let event) where !event.failure.isEmpty:
            return EventWords(nil, "notice \(event.id)", "not delivered after \(event.attempts): \(event.failure)")
        case .regionsUnpinned(let event):
            return EventWords(
                nil,
                "",
                "\(event.by) releases \(event.targets.count.of("target"))\(because(event.reason))"
            )
        default: return nil
        }
    }
}

extension Gate {
    fileprivate var isValidation: Bool {
        if case .approval(let rule) = self { rule.act == .validation } else { false }
    }
}

extension OrderIssued {
    fileprivate var words: String {
        switch action {
        case .deploy: "deploy \(service) \(artifact.version)"
        case .rollBack: "return \(service) to \(artifact.version)"
        case .restart: "restart \(service)"
        }
    }
}

extension Int {
    /// `1 host`, `3 hosts`.
    func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
