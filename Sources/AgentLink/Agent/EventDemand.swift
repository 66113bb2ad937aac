import NIOConcurrencyHelpers
import NIOCore

/// Tells the session that its reader has caught up.
final class EventDemand: NIOAsyncSequenceProducerDelegate, Sendable {
    private let resume = NIOLockedValueBox<(@Sendable () -> Void)?>(nil)

    /// Who is to be told from now on; nil: nobody.
    func set(_ resume: (@Sendable () -> Void)?) {
        self.resume.withLockedValue { $0 = resume }
    }

    func produceMore() {
        resume.withLockedValue { $0 }?()
    }

    func didTerminate() {}
}
