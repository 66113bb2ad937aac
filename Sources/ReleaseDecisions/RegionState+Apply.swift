import OrderedCollections
import TimeAndChance
import TrainModel

/// What an order came to on one host.
struct OrderAnswer {
    var isSuccess = false
    /// A failure that is to be tried again.
    var isToBeRepeated = false
    var sentence = ""
    var findings: [Finding] = []
    var links: [String] = []
    var warnings: [String] = []

    init(failure sentence: String) {
        self.sentence = sentence
    }

    init(_ receipt: Receipt, isToBeRepeated: Bool) {
        isSuccess = receipt.outcome == .applied
        self.isToBeRepeated = isToBeRepeated
        sentence = receipt.sentence
        findings = receipt.findings
        links = receipt.links
        warnings = receipt.warnings
    }
}

/// A way back to begin: of the whole region, or (`part`) of some of its services or hosts.
struct RegionTurn {
    var part: RegionPart?
    var steps: [WorkStep]
    var generations: [ServiceName: UInt64]
    var goal: [ServiceName: Artifact]
    var alreadyBack: [HostName] = []
}

/// What events change inside one region. Called by the fold alone.
extension RegionState {
    mutating func issue(_ event: OrderIssued) {
        batches = max(batches, event.batch + 1)
        receiptsAwaited += event.hosts.count
        if event.attempt > 1 {
            retries.removeAll { $0.service == event.service && event.hosts.contains($0.host) }
        } else {
            isStepFresh = false
        }
        raise(event.service, to: event.generation, on: event.hosts)
        for host in event.hosts {
            guard let place = hosts.index(forKey: host) else { continue }
            if event.attempt == 1, waits(hosts.values[place]) {
                hostsLeft -= 1
                hosts.values[place].stepsTaken += 1
            }
            if event.action != .restart { hosts.values[place].hasChanged = true }
            hosts.values[place].phase = phase == .returning && event.action != .deploy ? .returning : .updating
            hosts.values[place].servicesAwaited += 1
        }
    }

    private mutating func raise(_ service: ServiceName, to generation: UInt64, on taken: [HostName]) {
        guard let part, !part.hosts.isEmpty else {
            generations[service] = max(generations[service] ?? 0, generation)
            // Who once went back alone is again where the others are.
            for host in taken { hosts[host]?.generations?[service] = nil }
            return
        }
        for host in taken where part.hosts.contains(host) {
            let known = hosts[host]?.generations ?? [:]
            hosts[host]?.generations = known.merging([service: generation]) { max($0, $1) }
        }
    }

    mutating func answer(_ order: OrderIssued, host: HostName, _ answer: OrderAnswer) {
        guard let place = hosts.index(forKey: host) else { return }
        hosts.values[place].add(links: answer.links, warnings: answer.warnings)
        // An answer to an order of the way out must not count for the way back.
        guard generation(of: order.service, on: host) == order.generation, hosts.values[place].servicesAwaited > 0
        else {
            return
        }
        receiptsAwaited -= 1
        hosts.values[place].servicesAwaited -= 1
        if answer.isSuccess {
            finish(place)
        } else {
            if !answer.isToBeRepeated { fail(place, isOnWayBack: phase == .returning && order.action != .deploy) }
            hosts.values[place].sentence = answer.sentence
            hosts.values[place].findings = answer.findings
        }
    }

    private mutating func fail(_ place: Int, isOnWayBack: Bool) {
        if isOnWayBack {
            hosts.values[place].phase = .stuck
        } else if hosts.values[place].phase != .failed {
            hosts.values[place].phase = .failed
            hostsFailed += 1
        }
    }

    /// A host that has nothing left to do is where it should be.
    private mutating func finish(_ place: Int) {
        let host = hosts.values[place]
        guard host.servicesAwaited == 0, host.stepsTaken >= steps.count,
            !retries.contains(where: { $0.host == hosts.keys[place] })
        else { return }
        switch host.phase {
        case .updating: hosts.values[place].phase = .updated
        case .returning: hosts.values[place].phase = .returned
        case .updated where phase == .returning, .failed where phase == .returning:
            hosts.values[place].phase = .returned
        case .pending, .updated, .failed, .returned, .stuck, .revoked: break
        }
    }

    mutating func revoke(_ host: HostName) {
        guard let progress = hosts[host], progress.phase != .revoked else { return }
        if waits(progress) { hostsLeft -= 1 }
        if progress.phase == .failed { hostsFailed -= 1 }
        receiptsAwaited -= progress.servicesAwaited
        hostsRevoked += 1
        retries.removeAll { $0.host == host }
        hosts[host]?.phase = .revoked
        hosts[host]?.servicesAwaited = 0
    }

    // MARK: - Steps

    /// Everybody has done the step in hand. On the way out a failure holds it for good.
    var isStepDone: Bool {
        step < steps.count && hostsLeft == 0 && isSettled && (phase == .returning || hostsFailed == 0)
    }

    mutating func takeNextStep() {
        step += 1
        stepNumber += 1
        isStepFresh = true
        // Counting costs every host; behind the last step there is nothing to wait for.
        hostsLeft = step == steps.count ? 0 : hosts.values.count { waits($0) }
    }

    /// Hosts on which the step in hand has nothing to do.
    mutating func passBy(_ idle: some Sequence<HostName>) {
        for host in idle {
            guard let place = hosts.index(forKey: host), waits(hosts.values[place]) else { continue }
            hostsLeft -= 1
            hosts.values[place].stepsTaken += 1
            finish(place)
        }
    }

    // MARK: - The way back

    mutating func turnBack(_ turn: RegionTurn) {
        phase = .returning
        part = turn.part
        goal = turn.goal
        steps = turn.steps
        step = 0
        stepNumber += 1
        isStepFresh = true
        let only = Set(turn.part?.hosts ?? [])
        if only.isEmpty { generations.merge(turn.generations) { $1 } }
        for place in hosts.values.indices {
            if only.isEmpty || only.contains(hosts.keys[place]) {
                turnBack(place, turn, isAlone: !only.isEmpty)
            } else {
                hosts.values[place].stepsTaken = steps.count
                if retries.contains(where: { $0.host == hosts.keys[place] }) { hosts.values[place].phase = .failed }
            }
        }
        // What failed and was to be tried again stays failed: the rest of the way out is a person's to decide.
        retries = []
        for host in turn.alreadyBack {
            hosts[host]?.phase = .returned
            hosts[host]?.stepsTaken = steps.count
        }
        hostsFailed = hosts.values.count { $0.phase == .failed }
        hostsLeft = hosts.values.count { waits($0) }
    }

    private mutating func turnBack(_ place: Int, _ turn: RegionTurn, isAlone: Bool) {
        receiptsAwaited -= hosts.values[place].servicesAwaited
        hosts.values[place].servicesAwaited = 0
        hosts.values[place].hasChanged = false
        if isAlone {
            let known = hosts.values[place].generations ?? [:]
            hosts.values[place].generations = known.merging(turn.generations) { $1 }
        } else {
            for service in turn.generations.keys { hosts.values[place].generations?[service] = nil }
        }
        hosts.values[place].stepsTaken = 0
        switch hosts.values[place].phase {
        case .updating, .returning: hosts.values[place].phase = .failed
        // What has gone back may have to go back further.
        case .returned: hosts.values[place].phase = .updated
        case .updated, .failed: break
        case .pending, .stuck, .revoked: hosts.values[place].stepsTaken = steps.count
        }
    }

    /// The release ended in the middle of the way back: nothing goes on here by itself, and what runs is neither the one
    /// version nor the other.
    mutating func leave() {
        guard phase == .returning else { return }
        phase = .unhealthy
        part = nil
        retries = []
    }

    /// Hosts that have given back only some of their services still run the others.
    mutating func endReturn(allServices: Set<ServiceName>) {
        guard let ended = part else {
            phase = .returned
            return
        }
        phase = ended.resumes
        part = nil
        guard Set(ended.services) != allServices else {
            if ended.hosts.isEmpty { phase = .returned }
            return
        }
        for place in hosts.values.indices where hosts.values[place].phase == .returned {
            hosts.values[place].phase = .updated
        }
    }
}

extension HostProgress {
    static let notes_max = 32
    static let findings_max = 20

    /// Several orders of one host often say the same.
    mutating func add(links newer: [String], warnings: [String]) {
        links += newer.filter { !links.contains($0) }.prefix(max(0, Self.notes_max - links.count))
        self.warnings += warnings.filter { !self.warnings.contains($0) }
            .prefix(max(0, Self.notes_max - self.warnings.count))
    }

    mutating func add(_ newer: [Finding]) {
        findings += newer.prefix(max(0, Self.findings_max - findings.count))
    }
}
