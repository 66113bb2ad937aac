import OrderedCollections
import TimeAndChance
import TrainModel

/// A region inside a release that has touched it.
public struct RegionState: Sendable, Codable {
    /// deploying → baking → healthy; any of these → unhealthy; any → returning → returned, or back to where it was when
    /// only a part of it returned.
    public enum Phase: Hashable, Sendable, Codable {
        case deploying
        case baking(until: Instant)
        case healthy
        case unhealthy
        case returning
        case returned
    }

    public let position: WavePosition
    public let started: Instant
    public internal(set) var phase: Phase = .deploying
    /// In the order in which they are updated.
    public internal(set) var hosts: OrderedDictionary<HostName, HostProgress>
    /// Of the newest orders of this release, restarts of services that it does not deploy included.
    public internal(set) var generations: [ServiceName: UInt64]
    /// The way back: what was last judged healthy here. Services of which nothing was are absent.
    public let previous: [ServiceName: Artifact]
    /// What a return in hand, or the last one, leads to.
    public internal(set) var goal: [ServiceName: Artifact] = [:]
    /// What is done to the hosts, one step after the other, each on all of them.
    public internal(set) var steps: [WorkStep]
    /// The step in hand; `steps.count` once all are done.
    public internal(set) var step = 0
    /// How many steps there have been, on all ways: tells one from the next.
    public internal(set) var stepNumber = 0
    /// No host has been given the step in hand.
    public internal(set) var isStepFresh = true
    /// Batches issued so far, returns included.
    public internal(set) var batches = 0
    /// Receipts of the orders in hand that have not come, over all their services.
    public internal(set) var receiptsAwaited = 0
    /// Hosts that wait for their orders of the step in hand.
    public internal(set) var hostsLeft: Int
    /// Hosts whose order failed on the way out.
    public internal(set) var hostsFailed = 0
    /// Hosts of the region that have been revoked since it started. They count nowhere.
    public internal(set) var hostsRevoked = 0
    /// Orders that are to be given again, in the order of their failures.
    public internal(set) var retries: [PlannedRetry] = []
    /// Nil: what returns is the whole region.
    public internal(set) var part: RegionPart?
    public internal(set) var failure: String = ""
    /// Where the failure was seen; nil: nowhere in particular.
    public internal(set) var failedAt: FailurePlace?
    /// As the last verdict counted them.
    public internal(set) var healthySamples = 0
    public internal(set) var unhealthySamples = 0
    public internal(set) var firstUnhealthy: Instant?
    public internal(set) var verdictReached: Instant?
    public internal(set) var ended: Instant?

    /// Hosts that shares and verdicts are taken of.
    public var hostCount: Int { hosts.count - hostsRevoked }
}

/// One step of a region's work: the next begins when every host has done this one.
public struct WorkStep: Hashable, Sendable, Codable {
    public let action: Order.Action
    /// In the plan's order.
    public let services: [ServiceName]
}

/// An order that is given again to the one host where it failed.
public struct PlannedRetry: Hashable, Sendable, Codable {
    public let host: HostName
    public let service: ServiceName
    public let action: Order.Action
    public let artifact: Artifact
    public let batch: Int
    /// The attempt that is to come.
    public let attempt: UInt32
    /// Of the failure rule.
    public let rule: String
    public let at: Instant
}

/// What of a region returns while the rest of it stays.
public struct RegionPart: Hashable, Sendable, Codable {
    public let services: [ServiceName]
    /// Empty: all hosts.
    public let hosts: [HostName]
    /// What the region was before.
    public let resumes: RegionState.Phase
}

/// Where a region's failure was seen.
public struct FailurePlace: Hashable, Sendable, Codable {
    public let host: HostName
    public let service: ServiceName
    /// The failure rule that matched; empty: none did.
    public let rule: String
}

extension RegionState {
    /// Orders are issued here, or were and are awaited.
    var isAtWork: Bool { phase == .deploying || phase == .returning }

    var isWorkDone: Bool { step == steps.count }

    /// Nobody has anything in hand or to be given again: the next batch may start. Hosts that go back alone do not wait
    /// for the others.
    var isSettled: Bool {
        guard retries.isEmpty else { return false }
        guard let part, !part.hosts.isEmpty else { return receiptsAwaited == 0 }
        return part.hosts.allSatisfy { hosts[$0]?.servicesAwaited == 0 }
    }

    /// Whether a host is part of the return in hand.
    func isReturning(_ host: HostName) -> Bool {
        guard phase == .returning else { return false }
        return part.map { $0.hosts.isEmpty || $0.hosts.contains(host) } ?? true
    }

    /// Whether a host has its orders of the step in hand still to come.
    func waits(_ host: HostProgress) -> Bool {
        guard host.stepsTaken == step, step < steps.count else { return false }
        return switch host.phase {
        case .pending, .updating, .updated, .returning: true
        case .failed: phase == .returning
        case .returned, .stuck, .revoked: false
        }
    }

    /// The newest generation of a service that a host was, or is to be, given; hosts that went back alone have their own.
    func generation(of service: ServiceName, on host: HostName) -> UInt64? {
        hosts[host]?.generations?[service] ?? generations[service]
    }

    /// Whether an order is still what at least one of its hosts is meant to do.
    func standsBehind(_ order: OrderIssued) -> Bool {
        order.hosts.contains { generation(of: order.service, on: $0) == order.generation }
    }
}

/// A host inside a region of a release.
public struct HostProgress: Hashable, Sendable, Codable {
    /// pending → updating → updated | failed; all but pending → returning → returned | stuck; any → revoked. Between two
    /// steps of its work a host is still updating, or returning.
    public enum Phase: String, Hashable, Sendable, Codable {
        case pending, updating, updated, failed, returning, returned, stuck, revoked
    }

    public internal(set) var phase: Phase = .pending
    /// Steps of the region's work that it has been given, or need not be.
    public internal(set) var stepsTaken = 0
    /// Services whose receipt is awaited.
    public internal(set) var servicesAwaited = 0
    /// It was given another version on the way in hand, so what that restarts is restarted.
    public internal(set) var hasChanged = false
    /// Nil: those of the region.
    public internal(set) var generations: [ServiceName: UInt64]?
    /// The last failure's sentence.
    public internal(set) var sentence = ""
    /// What was looked up about the last failure.
    public internal(set) var findings: [Finding] = []
    /// Each once, as the hooks of the last orders gave them.
    public internal(set) var links: [String] = []
    public internal(set) var warnings: [String] = []
}
