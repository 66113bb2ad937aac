import Cryptography
import Logging
import NIOCore
import NIOPosix
import TLSChannel
import TimeAndChance
import TrainModel

/// Serves bundles to one host, one after another: a request, a header, chunks of what was asked for.
///
/// At most two chunks are in memory: one being read from the file, one being taken by the peer.
final class BundleServerHandler: ChannelInboundHandler, HostConnectionHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Another request than the first; an agent keeps its line for half as long.
    static let nextRequestWithin = Interval.seconds(30)
    /// A chunk at 1 KiB a second.
    static let chunkWithin = Interval.seconds(256)
    private static let pace = TimeAmount.seconds(5)
    private static let unreadable = Farewell(code: "unreadable", sentence: "The bundle cannot be read.")

    /// `awaitingRequest`, then `preparing` while the source looks for the file or serves others first, then `sending`,
    /// then `awaitingRequest` again, or `ended`.
    private enum State {
        case awaitingRequest
        case preparing(BundleRequest, Task<Void, Never>)
        case sending(Sending)
        case ended
    }

    private struct Sending {
        let bundle: BundleReader
        /// What is still to be sent, the next at the end. Never empty while sending.
        var ranges: [Range<UInt64>]
        /// A chunk is being read, or waits for its time.
        var isReading = false
        let takesWaits: Bool
        let ended: @Sendable (_ isSent: Bool) -> Void
    }

    /// What the source gave, ready to be sent.
    private enum Prepared: Sendable {
        case nothing
        case neighbours([BundleNeighbour], grant: [UInt8])
        case bundle(BundleReader, ended: @Sendable (Bool) -> Void)
    }

    private let desk: BundleDesk
    private let agent: AgentIdentity

    private var state = State.awaitingRequest
    private var reader = FrameReader(limit: .introduction)
    private var context: ChannelHandlerContext?
    private var connection: HostConnection?
    private var ticking: RepeatedTask?
    private var deadline: Instant
    private var hasServed = false

    init(desk: BundleDesk, agent: AgentIdentity) {
        self.desk = desk
        self.agent = agent
        deadline = Clocks.steady() + desk.introductionWithin
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let connection = HostConnection(self, on: context.eventLoop)
        self.connection = connection
        if let farewell = desk.admit(connection, agent) {
            refuse(farewell)
            return
        }
        guard !desk.hasTooMany(of: agent.host) else {
            refuse(.busy)
            return
        }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pace, delay: Self.pace) { _ in
            handler.value.tick()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard connection != nil else { return }
        guard case .awaitingRequest = state else {
            return refuse(Farewell(.outOfTurn("bundle_request", "One bundle at a time.")))
        }
        reader.append(unwrapInboundIn(data))
        do throws(LinkError) {
            guard let frame = try reader.next() else { return }
            prepare(try BundleRequest(frame: frame), context)
        } catch {
            refuse(Farewell(error))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sendNext()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        self.context = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        desk.logger.info("a bundle transfer broke off", metadata: ["host": "\(agent.host)", "error": "\(error)"])
        if !(error is TLSError) { context.close(promise: nil) }
    }

    // MARK: one transfer

    private func prepare(_ request: BundleRequest, _ context: ChannelHandlerContext) {
        guard agent.certificate.validity.contains(unix_s: WallClock.now().unix_ms / 1_000) else {
            let expired = LinkError(.expired, "The agent's certificate has expired.", remedy: "Let it renew in time.")
            return refuse(Farewell(expired))
        }
        let desk = desk
        let host = agent.host
        let promise = context.eventLoop.makePromise(of: Prepared.self)
        let task = promise.completeWithTask { () -> Prepared in
            do {
                return try await Self.prepare(request.wish, for: host, desk)
            } catch {
                // A bundle that was just fetched goes to another place while it is unpacked.
                return try await Self.prepare(request.wish, for: host, desk)
            }
        }
        state = .preparing(request, task)
        postpone()
        promise.futureResult.assumeIsolated().whenComplete { result in
            guard case .preparing = self.state else {
                // Gone meanwhile.
                if case .success(.bundle(_, let ended)) = result { ended(false) }
                return
            }
            switch result {
            case .success(let prepared): self.answer(request, prepared)
            case .failure(let error):
                desk.logger.error("a bundle cannot be served", metadata: ["error": "\(error)"])
                self.refuse(Self.unreadable)
            }
        }
    }

    private static func prepare(_ wish: BundleWish, for host: HostKey, _ desk: BundleDesk) async throws -> Prepared {
        switch await desk.source.supply(wish, to: host) {
        case .nothing: return .nothing
        case .noted: return .neighbours([], grant: [])
        case .neighbours(let neighbours, let grant): return .neighbours(neighbours, grant: grant)
        case .file(let file, let ended):
            do {
                return .bundle(try await desk.threadPool.runIfActive { try BundleReader(file) }, ended: ended)
            } catch {
                ended(false)
                throw error
            }
        }
    }

    private func answer(_ request: BundleRequest, _ prepared: Prepared) {
        do throws(LinkError) {
            switch prepared {
            // Nobody can be asked instead, and the connection is of further use.
            case .nothing where request.part == .index:
                write(try BundleAnswer.neighboursFrame())
                rest()
            case .nothing:
                refuse(Farewell(code: "no-bundle", sentence: "There is no bundle \(request.digest) for this host."))
            case .neighbours(let neighbours, let grant):
                write(try BundleAnswer.neighboursFrame(neighbours, grant: grant))
                rest()
            case .bundle(let bundle, let ended): try begin(bundle, request, ended)
            }
        } catch {
            refuse(Farewell(error))
        }
    }

    private func begin(
        _ bundle: BundleReader,
        _ request: BundleRequest,
        _ ended: @escaping @Sendable (Bool) -> Void
    ) throws(LinkError) {
        let length_bytes = bundle.length_bytes
        guard let ranges = request.part.ranges(length_bytes: length_bytes) else {
            ended(false)
            refuse(Farewell(code: "beyond-end", sentence: "The bundle has only \(length_bytes) bytes."))
            return
        }
        write(try BundleAnswer.headerFrame(length_bytes: length_bytes, isIndex: request.part == .index))
        guard !ranges.isEmpty else {
            ended(true)
            return rest()
        }
        state = .sending(
            Sending(bundle: bundle, ranges: ranges.reversed(), takesWaits: request.takesNeighbours, ended: ended)
        )
        sendNext()
    }

    /// All was sent; another request may come.
    private func rest() {
        hasServed = true
        state = .awaitingRequest
        postpone()
    }

    /// Reads the next chunk off the event loop, when the peer has taken the earlier ones and the rate allows it.
    private func sendNext() {
        guard case .sending(var sending) = state, !sending.isReading, let context, context.channel.isWritable,
            let range = sending.ranges.last
        else { return }
        sending.isReading = true
        state = .sending(sending)
        let bundle = sending.bundle
        let wait = desk.rate.take(min(BundleChunk.bytes_max, range.count))
        guard wait > .zero else { return read(bundle, range, context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(wait.ms)) {
            guard case .sending = self.state else { return }
            self.read(bundle, range, context)
        }
    }

    private func read(_ bundle: BundleReader, _ range: Range<UInt64>, _ context: ChannelHandlerContext) {
        desk.threadPool.runIfActive(eventLoop: context.eventLoop) { try bundle.chunkFrame(range) }
            .assumeIsolated().whenComplete { self.hasRead($0, range) }
    }

    private func hasRead(_ result: Result<ByteBuffer, any Error>, _ range: Range<UInt64>) {
        guard case .sending(var sending) = state else { return }
        switch result {
        case .success(let frame):
            let rest = range.dropFirst(BundleChunk.bytes_max)
            sending.ranges.removeLast()
            if !rest.isEmpty { sending.ranges.append(rest) }
            // It still counts as reading: writing changes the writability, which calls `sendNext`.
            write(frame)
            guard case .sending = state else { return }
            guard !sending.ranges.isEmpty else {
                self.rest()
                return sending.ended(true)
            }
            sending.isReading = false
            state = .sending(sending)
            sendNext()
        case .failure(let error):
            desk.logger.error("a bundle cannot be read", metadata: ["error": "\(error)"])
            refuse(Self.unreadable)
        }
    }

    private func write(_ frame: ByteBuffer) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenSuccess { self.postpone() }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// The peer has taken something.
    private func postpone() {
        if case .awaitingRequest = state {
            deadline = Clocks.steady() + Self.nextRequestWithin
        } else {
            deadline = Clocks.steady() + Self.chunkWithin
        }
    }

    private func tick() {
        guard let context else { return }
        guard Clocks.steady() >= deadline else { return sayThatItTakesLong() }
        if case .awaitingRequest = state, hasServed {
            desk.logger.debug("a bundle connection has rested long enough", metadata: ["host": "\(agent.host)"])
        } else {
            desk.logger.notice("cut a slow bundle transfer", metadata: ["host": "\(agent.host)"])
        }
        end()
        context.close(promise: nil)
    }

    /// So that the peer knows that it is not forgotten.
    private func sayThatItTakesLong() {
        do throws(LinkError) {
            switch state {
            case .preparing(let request, _) where request.takesNeighbours:
                write(try BundleAnswer.waitFrame("others of the region are served first, and will share"))
            case .sending(let sending) where sending.takesWaits && sending.isReading:
                write(try BundleAnswer.waitFrame("the rate for bundles is used up by others"))
            default: break
            }
        } catch {
            refuse(Farewell(error))
        }
    }

    // MARK: the end

    func open() {}
    func send(_: ByteBuffer) {}

    func cut(_ farewell: Farewell, because _: LinkError) {
        refuse(farewell)
    }

    private func refuse(_ farewell: Farewell) {
        guard connection != nil, let context else { return }
        do throws(LinkError) {
            context.writeAndFlush(wrapOutboundOut(try BundleAnswer.refusalFrame(farewell)), promise: nil)
        } catch {
            desk.logger.error("a refusal cannot be sent", metadata: ["error": "\(error)"])
        }
        end()
        context.close(promise: nil)
    }

    private func end() {
        guard let connection else { return }
        self.connection = nil
        switch state {
        case .preparing(_, let task): task.cancel()
        case .sending(let sending): sending.ended(false)
        case .awaitingRequest, .ended: break
        }
        state = .ended
        ticking?.cancel()
        desk.release(connection, of: agent.host)
    }
}

@available(*, unavailable)
extension BundleServerHandler: Sendable {}

extension BundleRequest {
    fileprivate var wish: BundleWish {
        let part: BundleWish.Part =
            switch part {
            case .rest, .ranges: .bytes
            case .index: .index
            case .held: .held
            }
        return BundleWish(digest: digest, part: part, takesNeighbours: takesNeighbours, grant: grant)
    }
}

extension BundleRequest.Part {
    /// The bytes that are asked for; nil when there are not so many.
    fileprivate func ranges(length_bytes: UInt64) -> [Range<UInt64>]? {
        switch self {
        case .index, .held: return [0..<length_bytes]
        case .rest(let offset_bytes):
            guard offset_bytes <= length_bytes else { return nil }
            return offset_bytes == length_bytes ? [] : [offset_bytes..<length_bytes]
        case .ranges(let ranges):
            return ranges.allSatisfy { $0.upperBound <= length_bytes } ? ranges : nil
        }
    }
}
