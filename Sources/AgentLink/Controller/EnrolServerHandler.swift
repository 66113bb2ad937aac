import Logging
import NIOCore
import TLSChannel

/// Serves one enrolment: one request, one answer, close. Its peer is a stranger and stays one.
final class EnrolServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// From the handshake to the answer.
    static let within = TimeAmount.seconds(15)

    private let core: ListenerCore
    private let address: String
    private var reader = FrameReader(limit: .introduction)
    private var hasRequest = false
    private var deadline: Scheduled<Void>?

    init(core: ListenerCore, address: String) {
        self.core = core
        self.address = address
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: Self.within) {
            self.core.logger.notice("an enrolment took too long", metadata: ["address": "\(self.address)"])
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRequest else { return }
        reader.append(unwrapInboundIn(data))
        do throws(LinkError) {
            guard let frame = try reader.next() else { return }
            hasRequest = true
            serve(try EnrolRequest(frame: frame), context)
        } catch {
            answer(.refused(Farewell(error)), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        core.logger.info("an enrolment broke off", metadata: ["address": "\(address)", "error": "\(error)"])
        if !(error is TLSError) { context.close(promise: nil) }
    }

    private func serve(_ request: EnrolRequest, _ context: ChannelHandlerContext) {
        let core = core
        let address = address
        context.eventLoop.makeFutureWithTask { await core.service.enrol(request, from: address) }
            .assumeIsolated().whenSuccess { self.answer($0, context) }
    }

    private func answer(_ answer: EnrolAnswer, _ context: ChannelHandlerContext) {
        if case .refused(let farewell) = answer {
            core.logger.notice(
                "refused an enrolment",
                metadata: ["address": "\(address)", "code": "\(farewell.code)", "sentence": "\(farewell.sentence)"]
            )
        }
        do throws(LinkError) {
            context.writeAndFlush(wrapOutboundOut(try answer.frame()), promise: nil)
        } catch {
            core.logger.error("an enrolment's answer cannot be sent", metadata: ["error": "\(error)"])
        }
        context.close(promise: nil)
    }
}

@available(*, unavailable)
extension EnrolServerHandler: Sendable {}
