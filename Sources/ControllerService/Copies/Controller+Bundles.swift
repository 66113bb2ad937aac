import AgentLink
import EventStore
import Logging
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import Synchronization
import TrainModel

/// Who gets which bundle, and from whom.
extension Controller {
    /// A host may have the bundles that its outstanding orders name, and no others. Its order may be over when it says
    /// what it has.
    public func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        guard let length_bytes = bundles.length_bytes(of: wish.digest),
            wish.part == .held || isOrdered(wish.digest, by: host)
        else { return .nothing }
        switch wish.part {
        case .index:
            return await index(of: wish.digest).map { .file($0) } ?? .nothing
        case .held:
            copies.holds(host, wish.digest)
            return .noted
        case .bytes:
            let (ticket, answer) = await copies.ask(host, wish.digest, takesNeighbours: wish.takesNeighbours)
            switch answer {
            case .neighbours(let neighbours): return introduce(host, to: neighbours, for: wish.digest)
            case .serve:
                let file = BundleFile(path: bundles.path(of: wish.digest), length_bytes: length_bytes)
                return .file(file) { [copies] isSent in copies.ended(ticket, isSent: isSent) }
            }
        }
    }

    /// Without a grant nobody else would serve the host.
    private func introduce(_ host: HostKey, to neighbours: [BundleNeighbour], for digest: Digest) -> BundleSupply {
        let expires = now() + BundleGrant.lifetime
        do {
            let grant = BundleGrant(cluster: cluster, host: host, digest: digest, expires: expires)
            return .neighbours(neighbours, grant: try grant.sealed(with: keys.orderKey))
        } catch {
            log.error("a grant cannot be signed", metadata: ["host": "\(host)", "error": "\(error)"])
            return .neighbours([], grant: [])
        }
    }

    private func isOrdered(_ digest: Digest, by host: HostKey) -> Bool {
        loop.withLock { loop in
            (loop.train.state.fleet.hosts[host]?.outstanding ?? []).contains { outstanding in
                let order = loop.train.state.releases[outstanding.release]?.orders[outstanding.order]
                return order?.issued.artifact.digest == digest
            }
        }
    }

    /// Decides which bundles nothing needs, and removes their files once that is durable, and with them what a crash
    /// left between the two.
    func removeBundles(by rule: BundleRule) async throws {
        submit(.bundlesLookedAt(rule))
        let look = try look()
        try await look.ticket.durable()
        let known = Set(look.train.state.artifacts.values.map(\.artifact.digest))
        let removed = try await bundles.sweep(now_s: Int(now().unix_ms / 1_000)) { [self] digest in
            // As it is now: it may have been pushed again.
            if loop.withLock({ $0.train.state.bundles.contains(digest) }) { return .here }
            return known.contains(digest) ? .removed : .unknown
        }
        if removed > 0 { log.notice("old bundles removed", metadata: ["count": "\(removed)"]) }
    }

    /// Without an index a bundle travels whole.
    private func index(of digest: Digest) async -> BundleFile? {
        do {
            return try await bundles.index(of: digest)
        } catch {
            log.warning("a bundle's chunks cannot be found", metadata: ["digest": "\(digest)", "error": "\(error)"])
            return nil
        }
    }
}
