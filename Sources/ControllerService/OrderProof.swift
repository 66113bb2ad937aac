import AgentLink
import SignedEnvelopes
import TrainModel

/// What a host has surely been ordered: by the signatures of this controller under the orders that it shows. What it says
/// beyond that is its word alone.
struct OrderProof {
    private(set) var epoch: UInt64 = 0
    private(set) var generations: [ServiceName: UInt64] = [:]

    /// What is not signed, not of this cluster or not for this host proves nothing.
    init(_ envelopes: [Envelope], to host: HostKey, in cluster: ClusterName, _ verifier: Verifier) {
        for envelope in envelopes {
            guard let order = Self.verified(envelope, verifier), order.cluster == cluster, order.region == host.region,
                order.hosts.contains(host.host)
            else { continue }
            epoch = max(epoch, order.epoch)
            generations[order.service] = max(generations[order.service] ?? 0, order.generation)
        }
    }

    private static func verified(_ envelope: Envelope, _ verifier: Verifier) -> Order? {
        do { return try OrderCodec.open(envelope, with: verifier).order.value } catch { return nil }
    }

    /// A host's claims, and no more of them than is proven.
    func bounded(epoch claimed: UInt64, _ running: [RunningService]) -> (epoch: UInt64, running: [RunningService]) {
        (min(claimed, epoch), running.map { $0.claiming(atMost: generations[$0.service] ?? 0) })
    }
}
