import AgentLink
import Logging
import OrderedCollections
import ReleaseDecisions
import Synchronization
import TrainModel

/// Who gets which bundle, and from whom.
extension Controller {
    /// A host may have the bundles that its outstanding orders name, and no others.
    public func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        guard isOrdered(wish.digest, by: host), let length_bytes = bundles.length_bytes(of: wish.digest) else {
            return .nothing
        }
        switch wish.part {
        case .index:
            return await index(of: wish.digest).map { .file($0) } ?? .nothing
        case .held:
            copies.holds(host, wish.digest)
            return .noted
        case .bytes:
            let (ticket, answer) = await copies.ask(host, wish.digest, takesNeighbours: wish.takesNeighbours)
            switch answer {
            case .neighbours(let neighbours): return .neighbours(neighbours)
            case .serve:
                let file = BundleFile(path: bundles.path(of: wish.digest), length_bytes: length_bytes)
                return .file(file) { [copies] isSent in copies.ended(ticket, isSent: isSent) }
            }
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
