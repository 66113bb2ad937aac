import TimeAndChance
import TrainModel

/// The judgement of a host whose agent cannot work: it says why, takes no order, and looks every so often whether it can
/// again. What it runs goes on running, unwatched.
///
/// It decides without a journal, which may be what is wrong: it begins nothing, so there is nothing to remember.
public struct TroubledHost: Sendable {
    /// From one look whether what was wrong is mended to the next.
    public static let lookEvery = Interval.seconds(15)

    public let trouble: HostTrouble

    public init(_ trouble: HostTrouble) { self.trouble = trouble }

    /// What it says at every connection: that it runs nothing would be a guess, so it lists nothing.
    public var greeting: Greeting { Greeting(running: [], epochHighest: 0, trouble: trouble) }

    public func refusal(of order: Order) -> OrderRefusal {
        let reason = RefusalReason.inTrouble(trouble)
        return OrderRefusal(order: order.id, code: reason.code, sentence: reason.sentence)
    }
}
