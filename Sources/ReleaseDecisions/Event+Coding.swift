import TrainModel

extension Event {
    /// The stored name of an event's kind.
    public enum Kind: String, Sendable, CaseIterable {
        case epochBegan = "epoch_began"
        case artifactPushed = "artifact_pushed"
        case joinTokenMade = "join_token_made"
        case hostEnrolled = "host_enrolled"
        case hostRevoked = "host_revoked"
        case releaseStarted = "release_started"
        case gateDecided = "gate_decided"
        case waveStarted = "wave_started"
        case wavePromoted = "wave_promoted"
        case regionStarted = "region_started"
        case orderIssued = "order_issued"
        case orderRenewed = "order_renewed"
        case orderRefused = "order_refused"
        case receiptReceived = "receipt_received"
        case bakeStarted = "bake_started"
        case verdictReached = "verdict_reached"
        case returnStarted = "return_started"
        case regionReturning = "region_returning"
        case regionReturned = "region_returned"
        case releasePaused = "release_paused"
        case releaseResumed = "release_resumed"
        case releaseStopped = "release_stopped"
        case releaseEnded = "release_ended"
        case actRefused = "act_refused"
        case attested
        case attestationRevoked = "attestation_revoked"
        case waived
        case voteCast = "vote_cast"
        case taskDone = "task_done"
        case checkTurned = "check_turned"
        case checkConcluded = "check_concluded"
        case decisionsVoided = "decisions_voided"
        case releaseRepinned = "release_repinned"
        case glassBroken = "glass_broken"
        case freezeDeclared = "freeze_declared"
        case freezeLifted = "freeze_lifted"
        case oncallOverridden = "oncall_overridden"
        case planRegistered = "plan_registered"
        case planWithdrawn = "plan_withdrawn"
        case trainDeparted = "train_departed"
        case candidateSought = "candidate_sought"
        case candidateCut = "candidate_cut"
        case candidateDropped = "candidate_dropped"
        case arrivalsBegan = "arrivals_began"
        case tagArrived = "tag_arrived"
        case alarmRaised = "alarm_raised"
        case alarmCleared = "alarm_cleared"
        case debtOpened = "debt_opened"
        case debtPaid = "debt_paid"
        case noticeQueued = "notice_queued"
        case noticeFailed = "notice_failed"
        case noticeSettled = "notice_settled"
        case retryPlanned = "retry_planned"
        case failureDiagnosed = "failure_diagnosed"
        case hostsPassed = "hosts_passed"
        case regionsPinned = "regions_pinned"
        case regionsUnpinned = "regions_unpinned"
        case partReturning = "part_returning"
        case comparisonConcluded = "comparison_concluded"
        case logOutrun = "log_outrun"
        case bundlesRemoved = "bundles_removed"
    }

    /// The kind and what is stored under it.
    public var stored: (kind: Kind, body: any Encodable & Sendable) {
        switch self {
        case .epochBegan(let body): (.epochBegan, body)
        case .artifactPushed(let body): (.artifactPushed, body)
        case .joinTokenMade(let body): (.joinTokenMade, body)
        case .hostEnrolled(let body): (.hostEnrolled, body)
        case .hostRevoked(let body): (.hostRevoked, body)
        case .releaseStarted(let body): (.releaseStarted, body)
        case .gateDecided(let body): (.gateDecided, body)
        case .waveStarted(let body): (.waveStarted, body)
        case .wavePromoted(let body): (.wavePromoted, body)
        case .regionStarted(let body): (.regionStarted, body)
        case .orderIssued(let body): (.orderIssued, body)
        case .orderRenewed(let body): (.orderRenewed, body)
        case .orderRefused(let body): (.orderRefused, body)
        case .receiptReceived(let body): (.receiptReceived, body)
        case .bakeStarted(let body): (.bakeStarted, body)
        case .verdictReached(let body): (.verdictReached, body)
        case .returnStarted(let body): (.returnStarted, body)
        case .regionReturning(let body): (.regionReturning, body)
        case .regionReturned(let body): (.regionReturned, body)
        case .releasePaused(let body): (.releasePaused, body)
        case .releaseResumed(let body): (.releaseResumed, body)
        case .releaseStopped(let body): (.releaseStopped, body)
        case .releaseEnded(let body): (.releaseEnded, body)
        case .actRefused(let body): (.actRefused, body)
        case .attested(let body): (.attested, body)
        case .attestationRevoked(let body): (.attestationRevoked, body)
        case .waived(let body): (.waived, body)
        case .voteCast(let body): (.voteCast, body)
        case .taskDone(let body): (.taskDone, body)
        case .checkTurned(let body): (.checkTurned, body)
        case .checkConcluded(let body): (.checkConcluded, body)
        case .decisionsVoided(let body): (.decisionsVoided, body)
        case .releaseRepinned(let body): (.releaseRepinned, body)
        case .glassBroken(let body): (.glassBroken, body)
        case .freezeDeclared(let body): (.freezeDeclared, body)
        case .freezeLifted(let body): (.freezeLifted, body)
        case .oncallOverridden(let body): (.oncallOverridden, body)
        case .planRegistered(let body): (.planRegistered, body)
        case .planWithdrawn(let body): (.planWithdrawn, body)
        case .trainDeparted(let body): (.trainDeparted, body)
        case .candidateSought(let body): (.candidateSought, body)
        case .candidateCut(let body): (.candidateCut, body)
        case .candidateDropped(let body): (.candidateDropped, body)
        case .arrivalsBegan(let body): (.arrivalsBegan, body)
        case .tagArrived(let body): (.tagArrived, body)
        case .alarmRaised(let body): (.alarmRaised, body)
        case .alarmCleared(let body): (.alarmCleared, body)
        case .debtOpened(let body): (.debtOpened, body)
        case .debtPaid(let body): (.debtPaid, body)
        case .noticeQueued(let body): (.noticeQueued, body)
        case .noticeFailed(let body): (.noticeFailed, body)
        case .noticeSettled(let body): (.noticeSettled, body)
        case .retryPlanned(let body): (.retryPlanned, body)
        case .failureDiagnosed(let body): (.failureDiagnosed, body)
        case .hostsPassed(let body): (.hostsPassed, body)
        case .regionsPinned(let body): (.regionsPinned, body)
        case .regionsUnpinned(let body): (.regionsUnpinned, body)
        case .partReturning(let body): (.partReturning, body)
        case .comparisonConcluded(let body): (.comparisonConcluded, body)
        case .logOutrun(let body): (.logOutrun, body)
        case .bundlesRemoved(let body): (.bundlesRemoved, body)
        }
    }

    /// Reads what `stored` gave; how bytes become values is the caller's.
    public init(kind: Kind, from reader: some EventBodyReader) throws {
        self =
            switch kind {
            case .epochBegan: .epochBegan(try reader.read())
            case .artifactPushed: .artifactPushed(try reader.read())
            case .joinTokenMade: .joinTokenMade(try reader.read())
            case .hostEnrolled: .hostEnrolled(try reader.read())
            case .hostRevoked: .hostRevoked(try reader.read())
            case .releaseStarted: .releaseStarted(try reader.read())
            case .gateDecided: .gateDecided(try reader.read())
            case .waveStarted: .waveStarted(try reader.read())
            case .wavePromoted: .wavePromoted(try reader.read())
            case .regionStarted: .regionStarted(try reader.read())
            case .orderIssued: .orderIssued(try reader.read())
            case .orderRenewed: .orderRenewed(try reader.read())
            case .orderRefused: .orderRefused(try reader.read())
            case .receiptReceived: .receiptReceived(try reader.read())
            case .bakeStarted: .bakeStarted(try reader.read())
            case .verdictReached: .verdictReached(try reader.read())
            case .returnStarted: .returnStarted(try reader.read())
            case .regionReturning: .regionReturning(try reader.read())
            case .regionReturned: .regionReturned(try reader.read())
            case .releasePaused: .releasePaused(try reader.read())
            case .releaseResumed: .releaseResumed(try reader.read())
            case .releaseStopped: .releaseStopped(try reader.read())
            case .releaseEnded: .releaseEnded(try reader.read())
            case .actRefused: .actRefused(try reader.read())
            case .attested: .attested(try reader.read())
            case .attestationRevoked: .attestationRevoked(try reader.read())
            case .waived: .waived(try reader.read())
            case .voteCast: .voteCast(try reader.read())
            case .taskDone: .taskDone(try reader.read())
            case .checkTurned: .checkTurned(try reader.read())
            case .checkConcluded: .checkConcluded(try reader.read())
            case .decisionsVoided: .decisionsVoided(try reader.read())
            case .releaseRepinned: .releaseRepinned(try reader.read())
            case .glassBroken: .glassBroken(try reader.read())
            case .freezeDeclared: .freezeDeclared(try reader.read())
            case .freezeLifted: .freezeLifted(try reader.read())
            case .oncallOverridden: .oncallOverridden(try reader.read())
            case .planRegistered: .planRegistered(try reader.read())
            case .planWithdrawn: .planWithdrawn(try reader.read())
            case .trainDeparted: .trainDeparted(try reader.read())
            case .candidateSought: .candidateSought(try reader.read())
            case .candidateCut: .candidateCut(try reader.read())
            case .candidateDropped: .candidateDropped(try reader.read())
            case .arrivalsBegan: .arrivalsBegan(try reader.read())
            case .tagArrived: .tagArrived(try reader.read())
            case .alarmRaised: .alarmRaised(try reader.read())
            case .alarmCleared: .alarmCleared(try reader.read())
            case .debtOpened: .debtOpened(try reader.read())
            case .debtPaid: .debtPaid(try reader.read())
            case .noticeQueued: .noticeQueued(try reader.read())
            case .noticeFailed: .noticeFailed(try reader.read())
            case .noticeSettled: .noticeSettled(try reader.read())
            case .retryPlanned: .retryPlanned(try reader.read())
            case .failureDiagnosed: .failureDiagnosed(try reader.read())
            case .hostsPassed: .hostsPassed(try reader.read())
            case .regionsPinned: .regionsPinned(try reader.read())
            case .regionsUnpinned: .regionsUnpinned(try reader.read())
            case .partReturning: .partReturning(try reader.read())
            case .comparisonConcluded: .comparisonConcluded(try reader.read())
            case .logOutrun: .logOutrun(try reader.read())
            case .bundlesRemoved: .bundlesRemoved(try reader.read())
            }
    }
}

/// One stored body, waiting to be read as the type its kind says.
public protocol EventBodyReader {
    func read<Body: Decodable>() throws -> Body
}
