import Cryptography
import SignedEnvelopes
import Synchronization
import TrainModel

/// Verifiers of the hosts' receipts, read from PEM once and not for every receipt.
final class HostKeyring: Sendable {
    private struct Entry {
        let pem: String
        let verifier: Verifier
    }

    private let entries = Mutex<[HostKey: Entry]>([:])

    /// `pem` is what the host is enrolled with now; another one than last time replaces it.
    func verifier(of host: HostKey, pem: String) throws -> Verifier {
        if let entry = entries.withLock({ $0[host] }), entry.pem == pem { return entry.verifier }
        let verifier = try Verifier([PublicKey(pem: pem)])
        entries.withLock { $0[host] = Entry(pem: pem, verifier: verifier) }
        return verifier
    }
}
