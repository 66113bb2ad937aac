import Synchronization
import TimeAndChance
import Logging
import AgentLink
import Cryptography
import EventStore
import OrderedCollections
import ReleaseDecisions
import SignedEnvelopes
import TrainModel

/// What agents want of the controller. Who speaks is what the certificate says; what they say counts for themselves.
extension Controller: AgentLinkService {
    public static let version = Software.version

    public func admit(_ agent: AgentIdentity) -> Farewell? {
        let known = loop.withLock { $0.train.state.fleet.hosts[agent.host] }
        guard let known else {
            return Farewell(code: "unknown_host", sentence: "\(agent.host) is not enrolled here.")
        }
        guard !known.revoked else { return .revoked }
        guard known.publicKey == agent.certificate.publicKey.pem else {
            return Farewell(code: "other_key", sentence: "\(agent.host) is enrolled with another key.")
        }
        return nil
    }

    public func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome {
        log.info(
            "agent connected",
            metadata: [
                "host": "\(agent.host)", "version": "\(hello.agentVersion)", "clock_skew": "\(hello.at - now())",
            ]
        )
        warnOfForgottenEvents(agent.host, hello.newestHead)
        copies.linked(agent.host, at: hello.bundleAddress, has: hello.heldBundles)
        if let trouble = hello.trouble {
            log.error("agent takes no orders", metadata: ["host": "\(agent.host)", "reason": "\(trouble)"])
        }
        let proven = proven(hello, of: agent.host)
        submit(
            .linkOpened(
                agent.host,
                running: proven.running,
                epochHighest: proven.epoch,
                trouble: hello.trouble
            )
        )
        return Welcome(
            controllerVersion: Self.version,
            epoch: loop.withLock { $0.train.state.epoch },
            head: shownHead,
            heartbeatEvery: .seconds(5),
            at: now()
        )
    }

    /// What a host says to have obeyed beyond this log, as far as signed orders prove it: an honest host has them, and a
    /// lie would stop its region's releases.
    func proven(_ hello: Hello, of host: HostKey) -> (epoch: UInt64, running: [RunningService]) {
        let (claimed, running) = (hello.epochHighest, hello.running)
        guard hello.trouble == nil,
            loop.withLock({ $0.train.isOutrun(by: host, epoch: claimed, running) })
        else { return (claimed, running) }
        let proof = OrderProof(hello.newestOrders, to: host, in: cluster, orders)
        let proven = proof.bounded(epoch: claimed, running)
        if proven != (claimed, running) {
            let count = unprovenClaims.add(1, ordering: .relaxed).newValue
            log.error(
                "an agent says to have obeyed what it has no signed order for; not believed",
                metadata: [
                    "host": "\(host)", "epoch": "\(claimed)", "proven_epoch": "\(proven.epoch)", "count": "\(count)",
                ]
            )
        }
        return proven
    }

    /// An agent that has seen more of the log than there is: the database was restored from an old backup, or replaced.
    private func warnOfForgottenEvents(_ host: HostKey, _ seen: ShownHead?) {
        guard let seen, let own = shownHead, seen.sequence > own.sequence else { return }
        log.critical(
            "an agent has seen a newer event than this log holds: the database is an old one",
            metadata: ["host": "\(host)", "seen": "\(seen.sequence)", "newest": "\(own.sequence)"]
        )
    }

    /// The newest durable head; nil before the first event, or once the store has failed.
    private var shownHead: ShownHead? {
        do throws(EventStoreError) {
            let head = try store.head
            return ShownHead(sequence: head.sequence, hash: head.hash)
        } catch {
            log.error("the log's head cannot be shown", metadata: ["error": "\(error)"])
            return nil
        }
    }

    public func received(_ report: AgentReport, from host: HostKey) {
        switch report {
        case .arrived(let order, sequence: _): submit(.orderArrived(host, order))
        case .refused(let refusal):
            log.notice(
                "order refused",
                metadata: ["host": "\(host)", "order": "\(refusal.order)", "code": "\(refusal.code)"]
            )
            submit(.refusal(host, refusal))
        case .progress(let progress): submit(.progress(host, progress))
        case .health(let samples): submit(.samples(host, samples))
        case .clock(let reading): submit(.clockRead(host, reading))
        case .receipt(let order, let envelope): take(envelope, for: order, from: host)
        }
    }

    /// A receipt counts when it is signed with the key of the host whose session it came in and names that host.
    private func take(_ envelope: Envelope, for order: OrderID, from host: HostKey) {
        do {
            guard let pem = loop.withLock({ $0.train.state.fleet.hosts[host]?.publicKey }) else { return }
            let receipt = try ReceiptCodec.open(envelope, with: hostKeys.verifier(of: host, pem: pem)).value
            guard receipt.host == host, receipt.order == order, receipt.cluster == cluster else {
                return log.warning(
                    "receipt names another host or order; ignored",
                    metadata: ["host": "\(host)", "claimed": "\(receipt.host)", "order": "\(order)"]
                )
            }
            submit(.receipt(receipt, envelope: Base64.standard.encode(try envelope.encoded())))
        } catch {
            log.warning("receipt refused", metadata: ["host": "\(host)", "order": "\(order)", "error": "\(error)"])
        }
    }

    public func sessionClosed(_ host: HostKey, because error: LinkError) {
        log.info("agent gone", metadata: ["host": "\(host)", "reason": "\(error.sentence)"])
        copies.unlinked(host)
        submit(.linkClosed(host))
    }

    /// The same key under a new certificate: a new key comes with a new enrolment, so that an answer lost on the way
    /// locks nobody out.
    public func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer {
        do {
            let key = try CertificateRequest(der: certificateRequest).publicKey
            guard key == agent.certificate.publicKey, admit(agent) == nil else {
                return .refused("Only the enrolled key gets a new certificate; enrol again to change it.")
            }
            return .granted(certificateChainPEM: try certificateChain(for: key, host: agent.host))
        } catch {
            log.warning("renewal refused", metadata: ["host": "\(agent.host)", "error": "\(error)"])
            return .refused("The request cannot be read or granted.")
        }
    }

    public func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer {
        do {
            let key = try CertificateRequest(der: request.certificateRequest).publicKey
            let asked = EnrolmentRequest(
                tokenDigest: SHA256.digest(of: request.secret),
                host: request.host,
                publicKey: key.pem
            )
            switch try await answer(to: .enrolment(asked)) {
            case .failure(let refusal):
                log.notice(
                    "enrolment refused",
                    metadata: ["address": "\(address)", "code": "\(refusal.code.rawValue)"]
                )
                return .refused(Farewell(code: refusal.code.rawValue, sentence: refusal.sentence))
            case .success(.enrolled(let host)):
                log.notice("host enrolled", metadata: ["host": "\(host)", "address": "\(address)"])
                return .enrolled(try enrolled(host, key: key))
            case .success: return .refused(Farewell(code: "internal", sentence: "The enrolment came to nothing."))
            }
        } catch {
            log.warning("enrolment failed", metadata: ["address": "\(address)", "error": "\(error)"])
            return .refused(
                Farewell(code: "bad_request", sentence: "The certificate request cannot be read or granted.")
            )
        }
    }

    private func enrolled(_ host: HostKey, key: PublicKey) throws -> Enrolled {
        Enrolled(
            cluster: cluster,
            region: host.region,
            certificateChainPEM: try certificateChain(for: key, host: host),
            authorityPEM: keys.authority.certificate.pem,
            orderKeysPEM: [keys.orderKey.publicKey.pem]
        )
    }

    private func certificateChain(for key: PublicKey, host: HostKey) throws -> String {
        try keys.agentCertificate(for: key, host: host, cluster: cluster, now: now()).pem
            + keys.authority.certificate.pem
    }
}
