import NIOCore
public import SignedEnvelopes
public import TrainModel

/// What happens on the agent's link, in order.
public enum ControllerEvent: Hashable, Sendable {
    /// A session began. Send again whatever has not been acknowledged.
    case connected(Welcome)
    /// An order, not verified yet; perhaps one that has been seen before.
    case order(Envelope)
    /// The receipt is durable at the controller.
    case receiptStored(OrderID)
    /// A head of the controller's chain: keep it if it is the highest.
    case headShown(ShownHead)
    /// How far the agent's clock is off has been measured, or has changed.
    case clockRead(ClockReading)
    case renewal(RenewalAnswer)
    /// The session ended; another follows by itself.
    case disconnected(LinkError)
}

/// The events of an `AgentConnection`, for one reader. A reader that lags makes the connection stop reading, and one that
/// lags for longer than three heartbeats loses the session, never memory.
public struct ControllerEvents: AsyncSequence, Sendable {
    typealias Producer = NIOAsyncSequenceProducer<
        ControllerEvent, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, EventDemand
    >

    let sequence: Producer

    public struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: Producer.AsyncIterator

        public mutating func next() async -> ControllerEvent? {
            await iterator.next()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: sequence.makeAsyncIterator())
    }

    static func make() -> (source: Producer.Source, events: ControllerEvents, demand: EventDemand) {
        let demand = EventDemand()
        let producer = Producer.makeSequence(
            elementType: ControllerEvent.self,
            backPressureStrategy: .init(lowWatermark: 8, highWatermark: 32),
            finishOnDeinit: false,
            delegate: demand
        )
        return (producer.source, ControllerEvents(sequence: producer.sequence), demand)
    }
}
