import OrderedCollections
import TrainModel

/// Counts what changes what people see, so that a picture of a release need be drawn once for many readers.
///
/// A region has a counter of its own: a link that comes or goes is seen in every release that names the region, and
/// counting it once costs the same whatever the number of releases.
struct Revisions: Sendable {
    private var ofAll: UInt64 = 0
    private var ofReleases: [ReleaseID: UInt64] = [:]
    private var ofRegions: [RegionName: UInt64] = [:]

    mutating func changedForAll() { ofAll += 1 }

    mutating func changed(_ release: ReleaseID) { ofReleases[release, default: 0] += 1 }

    mutating func changed(_ region: RegionName) { ofRegions[region, default: 0] += 1 }

    mutating func forget(where isGone: (ReleaseID) -> Bool) {
        ofReleases = ofReleases.filter { !isGone($0.key) }
    }

    /// The sum of counters that only rise is the same only while each of them is.
    func current(of release: ReleaseID, in regions: some Sequence<RegionName>) -> UInt64 {
        regions.reduce(ofAll + (ofReleases[release] ?? 0)) { $0 + (ofRegions[$1] ?? 0) }
    }
}

extension Train {
    /// Rises with whatever changes the release's `view`; nil: there is no such release. Costs the plan's regions.
    ///
    /// Two views of one revision differ in `at` and, once a bake is over, in which hosts have been silent for too long
    /// by then; any word from the region counts as a change.
    public func revision(of id: ReleaseID) -> UInt64? {
        guard let release = state.releases[id] else { return nil }
        return revisions.current(of: id, in: release.plan.stages.lazy.flatMap { $0.waves.lazy.flatMap(\.regions) })
    }
}

extension Event {
    /// The release that the event is about; nil: none.
    var release: ReleaseID? {
        switch self {
        case .epochBegan, .logOutrun, .artifactPushed, .bundlesRemoved, .joinTokenMade, .hostEnrolled, .hostRevoked,
            .actRefused:
            nil
        case .releaseStarted(let event): event.release
        case .gateDecided(let event): event.release
        case .waveStarted(let event): event.release
        case .wavePromoted(let event): event.release
        case .regionStarted(let event): event.release
        case .orderIssued(let event): event.release
        case .orderRenewed(let event): event.release
        case .orderRefused(let event): event.release
        case .receiptReceived(let event): event.receipt.release
        case .bakeStarted(let event): event.release
        case .verdictReached(let event): event.release
        case .returnStarted(let event): event.release
        case .regionReturning(let event): event.release
        case .regionReturned(let event): event.release
        case .releasePaused(let event): event.release
        case .releaseResumed(let event): event.release
        case .releaseStopped(let event): event.release
        case .releaseEnded(let event): event.release
        case .waived(let event): event.release
        case .voteCast(let event): event.release
        case .taskDone(let event): event.release
        case .checkTurned(let event): event.release
        case .checkConcluded(let event): event.release
        case .decisionsVoided(let event): event.release
        case .releaseRepinned(let event): event.release
        case .glassBroken(let event): event.release
        case .trainDeparted(let event): event.release
        case .noticeQueued(let event): event.notice.release
        case .debtOpened(let event): event.debt.release
        case .retryPlanned(let event): event.release
        case .failureDiagnosed(let event): event.release
        case .hostsPassed(let event): event.release
        case .regionsPinned(let event): event.release
        case .partReturning(let event): event.release
        case .comparisonConcluded(let event): event.release
        case .attested, .attestationRevoked, .freezeDeclared, .freezeLifted, .oncallOverridden, .planRegistered,
            .planWithdrawn, .candidateSought, .candidateCut, .candidateDropped, .arrivalsBegan, .tagArrived,
            .alarmRaised, .alarmCleared, .debtPaid, .noticeFailed, .noticeSettled,
            .regionsUnpinned:
            nil
        }
    }

    /// What people say beside releases and every release may show: in its holds, as whose word is asked for, or as its
    /// maturity. Rare enough to count for all.
    var isShownByAll: Bool {
        switch self {
        case .attested, .attestationRevoked, .freezeDeclared, .freezeLifted, .oncallOverridden, .debtOpened, .debtPaid,
            .regionsPinned, .regionsUnpinned:
            true
        default: false
        }
    }

    /// The region whose hosts it changes for every release, not only for its own.
    var regionForAll: RegionName? {
        switch self {
        case .hostEnrolled(let event): event.host.region
        case .hostRevoked(let event): event.host.region
        case .receiptReceived(let event): event.receipt.host.region
        default: nil
        }
    }
}
