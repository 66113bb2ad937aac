import AgentLink
import Glibc
import HostDecisions
import Logging
import SignedEnvelopes
import Synchronization
import TrainModel

/// The newest order of each service, as the controller signed it. A controller whose log was set back leads on above what
/// it has ordered before, and believes that of its own signature, not of a host's word.
///
/// Nothing on this host is decided by it, so it is written late, and what cannot be read or kept is said and left out.
final class OrderEvidence: Sendable {
    /// A larger order is not kept: what one host shows of all its services has to fit into a hello.
    static let order_bytes_max = 16 << 10
    /// Of what is shown, the highest epoch first.
    static let shown_bytes_max = 48 << 10
    private static let services_max = 256

    private struct Entry {
        let epoch: UInt64
        let generation: UInt64
        let envelope: Envelope
        let length_bytes: Int
    }

    private let folder: String
    private let files: LateFiles
    private let host: HostIdentity
    private let logger: Logger
    private let newest: Mutex<[ServiceName: Entry]>

    /// Blocks.
    init(root: String, files: LateFiles, host: HostIdentity, orders: Verifier, logger: Logger) {
        folder = root + "/newest-orders"
        (self.files, self.host, self.logger) = (files, host, logger)
        newest = Mutex([:])
        // 0, or -1; where it can neither be made nor is there, the first file says so.
        _ = mkdir(folder, 0o700)
        do throws(AgentError) {
            for name in try Files.names(in: folder) { read(name, orders) }
        } catch {
            logger.warning("the newest orders cannot be read", metadata: ["reason": "\(error)"])
        }
    }

    /// What fits into a hello.
    var shown: [Envelope] {
        var room_bytes = Self.shown_bytes_max
        let entries = newest.withLock { $0.sorted { ($0.value.epoch, $1.key) > ($1.value.epoch, $0.key) } }
        return entries.map(\.value).filter { entry in
            guard entry.length_bytes <= room_bytes else { return false }
            room_bytes -= entry.length_bytes
            return true
        }.map(\.envelope)
    }

    /// Before the order is obeyed: from now on it can be shown.
    func keep(_ order: Order, _ envelope: Envelope) {
        guard order.cluster == host.cluster, order.region == host.key.region, order.hosts.contains(host.key.host),
            let path = path(of: order.service)
        else { return }
        do {
            let bytes = try envelope.encoded()
            guard bytes.count <= Self.order_bytes_max, note(order, envelope, bytes.count) else { return }
            files.replace(path, with: bytes)
        } catch {
            logger.warning("an order cannot be kept as evidence", metadata: ["reason": "\(error)"])
        }
    }

    private func path(of service: ServiceName) -> String? {
        let names = newest.withLock { $0.keys.contains(service) || $0.count < Self.services_max }
        return names ? "\(folder)/\(service)" : nil
    }

    /// False for what is no newer: older than the newest in either it would not be obeyed.
    private func note(_ order: Order, _ envelope: Envelope, _ length_bytes: Int) -> Bool {
        newest.withLock { newest in
            if let known = newest[order.service] {
                guard order.epoch >= known.epoch, order.generation >= known.generation,
                    (order.epoch, order.generation) != (known.epoch, known.generation)
                else { return false }
            }
            newest[order.service] = Entry(
                epoch: order.epoch,
                generation: order.generation,
                envelope: envelope,
                length_bytes: length_bytes
            )
            return true
        }
    }

    private func read(_ name: String, _ orders: Verifier) {
        let path = "\(folder)/\(name)"
        do {
            guard let bytes = try Files.read(path, bytes_max: Self.order_bytes_max) else { return }
            let envelope = try Envelope(bytes: bytes)
            let order = try OrderCodec.open(envelope, with: orders).order.value
            guard order.service.text == name else { return }
            _ = note(order, envelope, bytes.count)
        } catch {
            logger.warning("an order kept as evidence is none", metadata: ["path": "\(path)", "reason": "\(error)"])
        }
    }
}
