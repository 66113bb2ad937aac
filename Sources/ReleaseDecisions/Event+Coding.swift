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
            }
    }
}

/// One stored body, waiting to be read as the type its kind says.
public protocol EventBodyReader {
    func read<Body: Decodable>() throws -> Body
}
