import EventStore
import Foundation
import Logging
import ReleaseDecisions
import Synchronization
import TrainModel

/// Something that was not done because of who asked, or before anybody could decide on it.
public struct Refused: Sendable {
    let act: String
    let subject: String
    let code: String

    /// - Parameters:
    ///   - act: such as `POST /v1/releases`, or a command's word.
    ///   - subject: what it was about; empty where nothing is named.
    ///   - code: the answer's code.
    public init(act: String, subject: String, code: String) {
        self.act = act
        self.subject = subject
        self.code = code
    }
}

extension Controller {
    /// Puts a refusal into the log. Nobody waits for it: the answer is no in any case.
    ///
    /// - Parameter name: nil when nobody knows who asked; the log says `anonymous`, which no operator is called.
    public func record(_ refused: Refused, of name: PersonName?) {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let body = try encoder.encode([
                "act": refused.act, "by": name?.text ?? ControllerConfiguration.Operator.anonymous,
                "code": refused.code, "subject": refused.subject,
            ])
            let draft = try EventDraft(time: now(), kind: Event.Kind.actRefused.rawValue, body: Array(body))
            try loop.withLock { loop in
                guard loop.failure == nil else { return }
                loop.sequence = try store.enqueue([draft]).head.sequence
            }
        } catch {
            log.error("a refusal could not be recorded", metadata: ["act": "\(refused.act)", "error": "\(error)"])
        }
    }
}
