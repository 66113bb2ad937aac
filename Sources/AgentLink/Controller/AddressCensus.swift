import NIOConcurrencyHelpers

/// Counts connections that have not yet said who they are, per address, so that no stranger takes all descriptors.
final class AddressCensus: Sendable {
    /// One stranger; counts until `leave` is called for the first time.
    final class Ticket: Sendable {
        private let census: AddressCensus
        private let address: String
        private let isValid = NIOLockedValueBox(true)

        fileprivate init(_ census: AddressCensus, _ address: String) {
            self.census = census
            self.address = address
        }

        /// The stranger has said who it is, or has gone.
        func leave() {
            let wasValid = isValid.withLockedValue { isValid in
                defer { isValid = false }
                return isValid
            }
            if wasValid { census.leave(address) }
        }
    }

    private let strangers_max: Int
    private let strangers = NIOLockedValueBox<[String: Int]>([:])

    init(strangers_max: Int) {
        self.strangers_max = strangers_max
    }

    /// Nil: there are too many from there already.
    func enter(_ address: String) -> Ticket? {
        let isAdmitted = strangers.withLockedValue { strangers in
            guard strangers[address, default: 0] < strangers_max else { return false }
            strangers[address, default: 0] += 1
            return true
        }
        return isAdmitted ? Ticket(self, address) : nil
    }

    private func leave(_ address: String) {
        strangers.withLockedValue { strangers in
            let left = strangers[address, default: 0] - 1
            strangers[address] = left > 0 ? left : nil
        }
    }
}
