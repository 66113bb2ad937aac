import AgentLink
import Cryptography
import Logging
import TimeAndChance

/// Renews the host's certificate when two thirds of its life are over, for the same key. One that has run out cannot be
/// renewed: the controller lets nobody in with it. That is said once, in the log, as there is nobody else to be told.
struct CertificateRenewal: Sendable {
    static let pauseAfterFailure = Interval.minutes(1)

    let link: any ControllerLink
    let identity: IdentityFiles.Identity
    let files: IdentityFiles
    let clock: @Sendable () -> Instant
    let logger: Logger

    func run() async throws {
        var validity = identity.validity
        var isExpiryTold = false
        while !Task.isCancelled {
            let due = Self.due(validity)
            if due > clock() {
                try await pause(due - clock())
            } else if let expiry = files.expiry(of: validity, at: clock()) {
                if !isExpiryTold { logger.error("\(expiry)") }
                isExpiryTold = true
                try await pause(Self.pauseAfterFailure)
            } else if let renewed = try await renew() {
                validity = renewed
            } else {
                try await pause(Self.pauseAfterFailure)
            }
        }
    }

    static func due(_ validity: Validity) -> Instant {
        let life_s = validity.notAfter_unix_s - validity.notBefore_unix_s
        return Instant(unix_ms: (validity.notBefore_unix_s + life_s / 3 * 2) * 1_000)
    }

    /// The old certificate serves until the new one is on disk. Nil: not this time.
    private func renew() async throws -> Validity? {
        do {
            switch try await link.renew(CertificateRequest(for: identity.key)) {
            case .granted(let chain):
                guard let leaf = try Certificate.chain(pem: chain).first, leaf.publicKey == identity.key.publicKey
                else {
                    logger.error("the renewed certificate is not for this host's key and is left out")
                    return nil
                }
                try await DiskThreads.run { [files] in try files.save(certificateChainPEM: chain) }
                logger.info("certificate renewed")
                return leaf.validity
            case .refused(let reason):
                logger.error("the controller does not renew the certificate", metadata: ["reason": "\(reason)"])
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch  where AgentError.mustEndProcess(error) {
            throw error
        } catch {
            logger.warning("the certificate could not be renewed yet", metadata: ["reason": "\(error)"])
        }
        return nil
    }

    /// In pieces, so that a clock that is set right is noticed within the hour.
    private func pause(_ interval: Interval) async throws {
        let piece = min(interval, .hours(1))
        try await Pause.pass(max(.seconds(1), piece))
    }
}
